radlads_bench(bench_sampler SOURCES sampler.cc LINK radlads_infer benchmark::benchmark_main)
