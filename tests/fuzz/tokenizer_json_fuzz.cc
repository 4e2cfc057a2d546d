// A tokenizer, and a text there and back where it loads.
#include "fuzz/refusable.h"
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return radlads::read_or_refuse("tokenizer.json", {data, size}, [](const std::filesystem::path& path) {
    const auto tokenizer = radlads::load_tokenizer_json(path);
    const auto ids = tokenizer->encode("<s> Hello,  wörld\n\n12 \xE3\x81\x82\xCC\x81\xFF<|im_end|>", true);
    tokenizer->decode(ids, true);
    const auto stream = tokenizer->stream();
    std::string pieces;
    for (const radlads::TokenId id : ids) pieces += stream->push(id);
    RADLADS_CHECK(pieces + stream->finish() == tokenizer->decode(ids, false), "a stream of other text");
  });
}
