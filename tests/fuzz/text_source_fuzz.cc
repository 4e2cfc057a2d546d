// The first byte chooses the name of the file and whether bad lines are skipped; the rest is its contents.
#include "fuzz/refusable.h"
#include "io/text_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr const char* kNames[] = {"a.txt", "a.jsonl", "a.json", "a.jsonl.gz", "a.jsonl.zst", "a"};
  if (size == 0) return 0;
  const bool skips = data[0] >= 128;
  return radlads::read_or_refuse(kNames[data[0] % std::size(kNames)], {data + 1, size - 1},
                                 [&](const std::filesystem::path& path) {
                                   radlads::check_text_file(path);
                                   radlads::read_documents({{path}}, -1, {.skip_bad_lines = skips});
                                 });
}
