radlads_bench(bench_ops SOURCES ops.cc LINK radlads_kernels)
radlads_bench(bench_wkv SOURCES wkv.cc fma_peak.cc LINK radlads_kernels CLI11::CLI11 nlohmann_json::nlohmann_json)
target_include_directories(bench_wkv PRIVATE ${CMAKE_SOURCE_DIR})
