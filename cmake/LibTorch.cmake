# The target `libtorch`: the CPU half of LibTorch, linked without TorchConfig.cmake (which insists on CUDA).
# 2.11 is what is tested; the range below is what the calls in src/train need.
set(RADLADS_LIBTORCH_MIN 2.9)
set(RADLADS_LIBTORCH_BELOW 2.13)

set(libtorch_dir ${RADLADS_LIBTORCH})
if(NOT libtorch_dir)
  set(libtorch_dir $ENV{RADLADS_LIBTORCH})
endif()
if(NOT libtorch_dir)
  set(libtorch_dir ${CMAKE_SOURCE_DIR}/.deps/libtorch-2.11.0)
endif()

set(version_header ${libtorch_dir}/include/torch/headeronly/version.h)
if(NOT EXISTS ${version_header})
  message(FATAL_ERROR "LibTorch: ${version_header} is missing; run ./setup, or set RADLADS_LIBTORCH to a LibTorch of at "
                      "least ${RADLADS_LIBTORCH_MIN}, or configure with -DRADLADS_TRAIN=OFF")
endif()
file(STRINGS ${version_header} version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" libtorch_version "${version_lines}")
if(libtorch_version VERSION_LESS ${RADLADS_LIBTORCH_MIN} OR
   NOT libtorch_version VERSION_LESS ${RADLADS_LIBTORCH_BELOW})
  message(FATAL_ERROR "LibTorch ${libtorch_version} in ${libtorch_dir}: this program works with "
                      "${RADLADS_LIBTORCH_MIN} up to, but not including, ${RADLADS_LIBTORCH_BELOW}")
endif()
message(STATUS "LibTorch ${libtorch_version} in ${libtorch_dir}")

add_library(libtorch INTERFACE IMPORTED)
# After the system's folders: LibTorch comes with its own fmt and oneDNN, and one program must not mix two of them.
target_compile_options(libtorch INTERFACE "SHELL:-idirafter ${libtorch_dir}/include"
                                          "SHELL:-idirafter ${libtorch_dir}/include/torch/csrc/api/include")
# By name, not by path: CMake would warn that the libgomp next to them hides the compiler's, which is intended.
target_link_libraries(libtorch INTERFACE -ltorch_cpu -lc10)
target_link_options(libtorch INTERFACE -L${libtorch_dir}/lib -Wl,-rpath,${libtorch_dir}/lib -Wl,-rpath-link,${libtorch_dir}/lib)
