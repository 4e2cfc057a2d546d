#include "text/decoder.h"

#include <limits>
#include <utility>

#include "text/decode_stages.h"
#include "text/metaspace.h"

namespace radlads::text {
namespace {

constexpr size_t kMostStages = 100;  // each calls the next
constexpr int64_t kMaxCount = std::numeric_limits<int32_t>::max();

StripCounts parse_strip(const JsonField& field) {
  field.allow_only({"type", "content", "start", "stop"});
  StripCounts counts = {.start = field.at("start").as_integer(0, kMaxCount),
                        .stop = field.at("stop").as_integer(0, kMaxCount)};
  append_utf8(field.at("content").as_character(), counts.content);
  return counts;
}

}  // namespace

Decoder Decoder::parse(const JsonField& field) {
  Decoder decoder;
  if (field.is_null()) {
    decoder.makers_.push_back([](DecodeStage& next) { return std::make_unique<SpacedStage>(next); });
  } else {
    decoder.add(field);
  }
  return decoder;
}

void Decoder::add(const JsonField& field) {
  const std::string type = field.type();
  if (type == "Sequence") {
    field.allow_only({"type", "decoders"});
    for (const JsonField& element : field.at("decoders").elements()) add(element);
  } else if (type == "Fuse") {
    field.allow_only({"type"});
    is_fused_ = true;
  } else {
    makers_.push_back(parse_stage(field, type));
    if (makers_.size() > kMostStages) field.fail("more than {} decoders are not supported", kMostStages);
  }
}

Decoder::StageMaker Decoder::parse_stage(const JsonField& field, const std::string& type) {
  if (type == "Strip") {
    return [counts = parse_strip(field), fused = is_fused_](DecodeStage& next) {
      return fused ? std::unique_ptr<DecodeStage>(std::make_unique<StripTextStage>(next, counts))
                   : std::make_unique<StripStage>(next, counts);
    };
  }
  if (type == "Replace") {
    field.allow_only({"type", "pattern", "content"});
    const Pattern pattern = Pattern::parse(field.at("pattern"));
    if (is_fused_ && !pattern.is_one_character()) field.fail("Replace of joined tokens is not supported");
    return [pattern, content = field.at("content").as_string()](DecodeStage& next) {
      return std::make_unique<ReplaceStage>(next, pattern, content);
    };
  }
  // What follows needs individual tokens.
  if (is_fused_) field.fail("{} of joined tokens is not supported", type);
  if (type == "ByteLevel") {
    field.allow_only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
    is_fused_ = true;
    return [](DecodeStage& next) { return std::make_unique<ByteLevelStage>(next); };
  }
  if (type == "ByteFallback") {
    field.allow_only({"type"});
    return [](DecodeStage& next) { return std::make_unique<ByteFallbackStage>(next); };
  }
  if (type == "Metaspace") {
    const MetaspaceOptions options = MetaspaceOptions::parse(field);
    return [options](DecodeStage& next) {
      return std::make_unique<MetaspaceStage>(next, options.replacement,
                                              options.scheme != PrependScheme::kNever);
    };
  }
  field.fail_unsupported_type();
}

DecodeRun Decoder::start() const {
  DecodeRun run;
  run.text_ = std::make_unique<std::string>();
  run.stages_.push_back(std::make_unique<TextStage>(*run.text_));
  for (auto maker = makers_.rbegin(); maker != makers_.rend(); ++maker) {
    run.stages_.push_back((*maker)(*run.stages_.back()));
  }
  return run;
}

}  // namespace radlads::text
