# The target `arrow`: Apache Arrow and its Parquet reader, which `./setup --parquet` unpacks from PyPI's pyarrow, or from
# RADLADS_ARROW, a folder with include/ and lib/.
set(arrow_dir ${RADLADS_ARROW})
if(NOT arrow_dir)
  set(arrow_dir ${CMAKE_SOURCE_DIR}/.deps/arrow-22.0.0)
endif()
file(GLOB arrow_libraries ${arrow_dir}/lib/libarrow.so* ${arrow_dir}/lib/libparquet.so*)
list(LENGTH arrow_libraries num_arrow_libraries)
if(num_arrow_libraries LESS 2 OR NOT EXISTS ${arrow_dir}/include/parquet/arrow/reader.h)
  message(FATAL_ERROR "Arrow: there is no include/parquet, lib/libarrow.so and lib/libparquet.so in ${arrow_dir}; run ./setup "
                      "--parquet, set RADLADS_ARROW, or configure with -DRADLADS_PARQUET=OFF")
endif()

add_library(arrow INTERFACE IMPORTED)
target_include_directories(arrow SYSTEM INTERFACE ${arrow_dir}/include)
target_link_libraries(arrow INTERFACE ${arrow_libraries})
target_link_options(arrow INTERFACE -Wl,-rpath,${arrow_dir}/lib -Wl,-rpath-link,${arrow_dir}/lib)
