// The first byte chooses the kind of file.
#include "fuzz/refusable.h"
#include "io/text_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr const char* kNames[] = {"a.txt", "a.jsonl", "a.jsonl.gz", "a.jsonl.zst"};
  if (size == 0) return 0;
  return radlads::read_or_refuse(
      kNames[data[0] % 4], {data + 1, size - 1},
      [](const std::filesystem::path& path) { radlads::read_documents({{path}}); });
}
