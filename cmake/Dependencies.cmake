# The libraries of the native half, all from Debian (docs/dependencies.md gives the reasons).

find_package(OpenMP REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
if(RADLADS_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Debian ships these without CMake packages.
function(radlads_find_plain target header library)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  find_library(${target}_LIBRARY ${library} REQUIRED)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} INTERFACE ${${target}_INCLUDE})
  target_link_libraries(${target} INTERFACE ${${target}_LIBRARY})
endfunction()

radlads_find_plain(onig oniguruma.h onig)
radlads_find_plain(pcre2 pcre2.h pcre2-8)
radlads_find_plain(utf8proc utf8proc.h utf8proc)
radlads_find_plain(zstd zstd.h zstd)
radlads_find_plain(yaml yaml.h yaml)
# Its CMake package asks for OpenCL, which only its GPU half needs.
radlads_find_plain(dnnl oneapi/dnnl/dnnl.hpp dnnl)
radlads_find_plain(hwy hwy/highway.h hwy)
