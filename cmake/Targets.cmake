# How this project's libraries, programs, tests and benchmarks are declared.

function(radlads_options target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  # nvcc hands warnings on to the host's compiler, but writes code that is not pedantic. Kernels call constexpr
  # functions.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
                              -Werror $<$<CONFIG:Release>:-O3>>
    $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Wno-missing-field-initializers
                               -Werror=all-warnings --expt-relaxed-constexpr>)
  if(RADLADS_SANITIZE)
    # The address sanitizer notices null pointers and objects that are too small; checking them twice makes compiling half
    # as long again.
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${RADLADS_SANITIZE} -fno-sanitize=null,object-size,vptr
                                -fno-omit-frame-pointer -fno-sanitize-recover=all>)
    target_link_options(${target} PRIVATE -fsanitize=${RADLADS_SANITIZE})
  endif()
endfunction()

# radlads_test_options(target [RUNS_KERNELS]): of code that only tests run. Optimizing it further takes longer than it saves,
# as do checks for undefined behavior in the tests themselves; RUNS_KERNELS keeps these for tests that compile code of
# src/kernels. Of two such options, the last counts.
function(radlads_test_options target)
  cmake_parse_arguments(ARG "RUNS_KERNELS" "" "" ${ARGN})
  radlads_options(${target})
  target_compile_options(${target} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O1>)
  if(RADLADS_SANITIZE AND NOT ARG_RUNS_KERNELS)
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
  endif()
endfunction()

# radlads_library(core SOURCES a.cc b.cc LINK radlads_io ...): the static library radlads_core of a folder of src/.
function(radlads_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(radlads_${name} STATIC ${ARG_SOURCES})
  radlads_options(radlads_${name})
  target_link_libraries(radlads_${name} PUBLIC ${ARG_LINK})
endfunction()

# radlads_test(core SOURCES a_test.cc LINK radlads_core [OPTIONS RUNS_KERNELS] [WHOLE_PROGRAMS]): one GoogleTest program per
# folder of tests/. The target library_tests is all of those that do not run whole programs.
add_custom_target(library_tests)
function(radlads_test name)
  cmake_parse_arguments(ARG "WHOLE_PROGRAMS" "" "SOURCES;LINK;OPTIONS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  radlads_test_options(${name}_test ${ARG_OPTIONS})
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name}_test PRIVATE RADLADS_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                  RADLADS_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name}_test PRIVATE ${ARG_LINK} GTest::gtest_main)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name}_test)
  if(NOT ARG_WHOLE_PROGRAMS)
    add_dependencies(library_tests ${name}_test)
  endif()
endfunction()

# radlads_bench(bench_wkv SOURCES wkv.cc LINK radlads_kernels)
function(radlads_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  radlads_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()
