// Parallel loops over OpenMP, the pool that oneDNN and LibTorch use too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>

#include "core/machine.h"

namespace radlads {

/// Runs body(begin, end) on consecutive ranges that cover [0, n), one per thread. The split depends only on n
/// and threads. An exception of the body is rethrown in the caller.
template <class Body>
void parallel_ranges(int64_t n, int num_threads, const Body& body) {
  const int64_t parts = std::clamp<int64_t>(num_threads, 1, std::max<int64_t>(n, 1));
  if (parts == 1) {
    body(int64_t{0}, n);
    return;
  }
  std::exception_ptr error;
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(parts))
  for (int64_t part = 0; part < parts; ++part) {
    try {
      body(n * part / parts, n * (part + 1) / parts);
    } catch (...) {
#pragma omp critical
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

/// Runs body(i) for i in [0, n), handed out one by one: for items of uneven cost.
template <class Body>
void parallel_items(int64_t n, int num_threads, const Body& body) {
  const int threads = static_cast<int>(std::clamp<int64_t>(num_threads, 1, std::max<int64_t>(n, 1)));
  if (threads == 1) {
    for (int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t i = 0; i < n; ++i) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace radlads
