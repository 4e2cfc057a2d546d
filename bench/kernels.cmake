radlads_bench(bench_ops SOURCES ops.cc LINK radlads_kernels)

set(wkv_sources copy_rate.cc fma_peak.cc round_robin.cc simd_target.cc wkv.cc wkv_kernels.cc wkv_loop.cc wkv_problem.cc wkv_report.cc)
if(RADLADS_TRAIN)
  # jemalloc before everything else, as in radlads-train: the rival allocates everything it computes.
  find_library(JEMALLOC jemalloc REQUIRED)
  radlads_bench(bench_wkv
    SOURCES ${wkv_sources} wkv_torch.cc
    LINK -Wl,--no-as-needed ${JEMALLOC} libtorch radlads_kernels CLI11::CLI11 nlohmann_json::nlohmann_json)
  set_target_properties(bench_wkv PROPERTIES RADLADS_LOADS_LIBTORCH ON)
else()
  radlads_bench(bench_wkv
    SOURCES ${wkv_sources} wkv_torch_unavailable.cc
    LINK radlads_kernels CLI11::CLI11 nlohmann_json::nlohmann_json)
endif()
target_include_directories(bench_wkv PRIVATE ${CMAKE_SOURCE_DIR})
# The plain loop gets everything that a compiler can do on this machine with strict floats.
set_source_files_properties(wkv_loop.cc PROPERTIES COMPILE_OPTIONS "-O3;-march=native")

if(RADLADS_CUDA)
  radlads_bench(bench_wkv_cuda
    SOURCES cuda_timer.cc wkv_cuda.cc wkv_cuda_problem.cc wkv_cuda_report.cc wkv_problem.cc
    LINK radlads_kernels CUDA::cudart_static CLI11::CLI11 nlohmann_json::nlohmann_json)
  target_include_directories(bench_wkv_cuda PRIVATE ${CMAKE_SOURCE_DIR})
endif()
