// Compressed test inputs.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace radlads {

/// One gzip member.
inline std::string gzip(std::string_view text) {
  z_stream encoder{};
  deflateInit2(&encoder, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string bytes(deflateBound(&encoder, text.size()), '\0');
  encoder.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  encoder.avail_in = static_cast<uInt>(text.size());
  encoder.next_out = reinterpret_cast<Bytef*>(bytes.data());
  encoder.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(deflate(&encoder, Z_FINISH), Z_STREAM_END);
  bytes.resize(encoder.total_out);
  deflateEnd(&encoder);
  return bytes;
}

/// One zstd frame.
inline std::string zstd(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

}  // namespace radlads
