# radlads_embed(target NAME dir files...): compiles text files into `target` as
# `std::span<const EmbeddedFile> radlads::NAME()` (core/embedded_file.h), so that the program needs no other files.
# NAME may have a namespace: eval::own_tasks.

function(radlads_embed target function_name dir)
  set(namespace radlads)
  if(function_name MATCHES "^(.+)::([^:]+)$")
    set(namespace radlads::${CMAKE_MATCH_1})
    set(function_name ${CMAKE_MATCH_2})
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${function_name}.cc)
  set(inputs "")
  foreach(name ${ARGN})
    list(APPEND inputs ${dir}/${name})
  endforeach()
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DNAMESPACE=${namespace} -DFUNCTION=${function_name} "-DINPUTS=${inputs}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
