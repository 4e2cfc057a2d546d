radlads_bench(bench_tokenizer SOURCES tokenizer.cc LINK radlads_text benchmark::benchmark_main)
target_compile_definitions(bench_tokenizer PRIVATE RADLADS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
