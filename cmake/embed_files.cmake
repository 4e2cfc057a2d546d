# Writes OUTPUT: a C++ file whose function FUNCTION, in NAMESPACE, gives the texts of INPUTS by name.
set(code "#include \"core/embedded_file.h\"\n\nnamespace ${NAMESPACE} {\n\n")
set(code "${code}std::span<const EmbeddedFile> ${FUNCTION}() {\n  static constexpr EmbeddedFile kFiles[] = {\n")
foreach(input ${INPUTS})
  get_filename_component(name ${input} NAME)
  file(READ ${input} bytes HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
  # A separate literal for every few bytes keeps lines short and within the compiler's limits.
  string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)" "\\1\"\n       \"" bytes "${bytes}")
  string(APPEND code "      {\"${name}\",\n       \"${bytes}\"},\n")
endforeach()
string(APPEND code "  };\n  return kFiles;\n}\n\n}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${code}")
