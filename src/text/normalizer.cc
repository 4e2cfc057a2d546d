#include "text/normalizer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"
#include "text/byte_level.h"
#include "text/normal_form.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

// A step whose result on a text begins with its result on the first characters.
class PlainStep : public NormalizerStep {
 public:
  void apply(NormalText& normal) const final {
    normal.head = map(normal.text.substr(0, normal.head)).size();
    normal.text = map(std::move(normal.text));
  }

 protected:
  virtual std::string map(std::string valid) const = 0;
};

class Form final : public PlainStep {
 public:
  explicit Form(UnicodeForm form) : form_(form) {}

 protected:
  std::string map(std::string valid) const override { return to_form(std::move(valid), form_); }

 private:
  UnicodeForm form_;
};

class Lowercase final : public PlainStep {
 protected:
  std::string map(std::string valid) const override { return lower_case(valid); }
};

class StripAccents final : public PlainStep {
 protected:
  std::string map(std::string valid) const override {
    std::string result;
    for (size_t i = 0; i < valid.size();) {
      const size_t begin = i;
      if (!is_mark(next_character(valid, i))) result.append(valid, begin, i - begin);
    }
    return result;
  }
};

class Strip final : public NormalizerStep {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  void apply(NormalText& normal) const override {
    std::string& valid = normal.text;
    size_t first = valid.size(), last = 0;  // what is not white space
    for (size_t i = 0; i < valid.size();) {
      const size_t begin = i;
      if (is_white_space(next_character(valid, i))) continue;
      if (first == valid.size()) first = begin;
      last = i;
    }
    if (right_) valid.erase(last);
    if (!left_) return;
    normal.head -= std::min(normal.head, first);
    valid.erase(0, first);
  }

 private:
  bool left_, right_;
};

class Prepend final : public PlainStep {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}

 protected:
  std::string map(std::string valid) const override { return valid.empty() ? valid : prefix_ + valid; }

 private:
  std::string prefix_;
};

class Replace final : public NormalizerStep {
 public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(NormalText& normal) const override {
    normal.text = pattern_.replace(normal.text, content_, &normal.head, normal.most_bytes);
  }

 private:
  Pattern pattern_;
  std::string content_;
};

class SpellBytes final : public PlainStep {
 protected:
  std::string map(std::string valid) const override { return spelling_of_bytes(valid); }
};

std::optional<UnicodeForm> form_named(std::string_view type) {
  if (type == "NFC") return UnicodeForm::kNfc;
  if (type == "NFD") return UnicodeForm::kNfd;
  if (type == "NFKC") return UnicodeForm::kNfkc;
  if (type == "NFKD") return UnicodeForm::kNfkd;
  return std::nullopt;
}

std::unique_ptr<NormalizerStep> parse_step(const JsonField& field, const std::string& type) {
  if (const auto form = form_named(type)) {
    field.allow_only({"type"});
    return std::make_unique<Form>(*form);
  }
  if (type == "Lowercase") {
    field.allow_only({"type"});
    return std::make_unique<Lowercase>();
  }
  if (type == "StripAccents") {
    field.allow_only({"type"});
    return std::make_unique<StripAccents>();
  }
  if (type == "ByteLevel") {
    field.allow_only({"type"});
    return std::make_unique<SpellBytes>();
  }
  if (type == "Strip") {
    field.allow_only({"type", "strip_left", "strip_right"});
    return std::make_unique<Strip>(field.at("strip_left").as_bool(), field.at("strip_right").as_bool());
  }
  if (type == "Prepend") {
    field.allow_only({"type", "prepend"});
    return std::make_unique<Prepend>(field.at("prepend").as_string());
  }
  if (type == "Replace") {
    field.allow_only({"type", "pattern", "content"});
    return std::make_unique<Replace>(Pattern::parse(field.at("pattern")), field.at("content").as_string());
  }
  field.fail_unsupported_type();
}

}  // namespace

Normalizer Normalizer::parse(const JsonField& field) {
  Normalizer normalizer;
  if (!field.is_null()) normalizer.add(field);
  return normalizer;
}

void Normalizer::add(const JsonField& field) {
  const std::string type = field.type();
  if (type != "Sequence") return steps_.push_back(parse_step(field, type));
  field.allow_only({"type", "normalizers"});
  for (const JsonField& element : field.at("normalizers").elements()) add(element);
}

NormalText Normalizer::apply(std::string_view valid) const {
  constexpr size_t kFreeBytes = 4096, kMostGrowth = 100;
  NormalText normal = {std::string(valid), valid.empty() ? 0 : utf8_length(valid[0]),
                       kFreeBytes + kMostGrowth * valid.size()};
  for (const auto& step : steps_) {
    step->apply(normal);
    if (normal.text.size() > normal.most_bytes) {
      fail("[encode] the tokenizer's normalizer makes more than {} bytes of {}: it cannot be used here",
           normal.most_bytes, valid.size());
    }
  }
  return normal;
}

}  // namespace radlads::text
