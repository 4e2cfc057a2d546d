#include "io/yaml.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include <yaml.h>

#include "io/printable.h"

namespace radlads {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxCopiedBytes = size_t{64} << 20;  // by aliases and merges
constexpr std::string_view kStandardTag = "tag:yaml.org,2002:";

/// libyaml's parser as a source of events.
class Events {
 public:
  Events(std::string_view text, const YamlPlace& place) : text_(text), place_(place) {
    RADLADS_CHECK(yaml_parser_initialize(parser_.get()) == 1, "libyaml has no memory");
    yaml_parser_set_input_string(parser_.get(), reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Events() { yaml_parser_delete(parser_.get()); }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  struct Delete {
    void operator()(yaml_event_t* event) const {
      yaml_event_delete(event);
      delete event;
    }
  };
  using Event = std::unique_ptr<yaml_event_t, Delete>;

  Event next() {
    Event event(new yaml_event_t());
    if (yaml_parser_parse(parser_.get(), event.get()) == 0) fail();
    return event;
  }

 private:
  [[noreturn]] void fail() const {
    const std::string reason = parser_->problem == nullptr ? "invalid YAML" : parser_->problem;
    if (parser_->error != YAML_READER_ERROR)
      place_.fail(static_cast<int64_t>(parser_->problem_mark.line) + 1, "{}", reason);
    const std::string_view before = text_.substr(0, std::min(parser_->problem_offset, text_.size()));
    place_.fail(std::count(before.begin(), before.end(), '\n') + 1, "{}", reason);
  }

  std::string_view text_;
  const YamlPlace& place_;
  std::unique_ptr<yaml_parser_t> parser_ = std::make_unique<yaml_parser_t>();
};

std::string text_of(const yaml_char_t* text) { return reinterpret_cast<const char*>(text); }

int64_t line_of(const yaml_event_t& event) { return static_cast<int64_t>(event.start_mark.line) + 1; }

size_t bytes_of(const YamlNode& node) {
  size_t bytes = sizeof(YamlNode) + node.text.size();
  for (const YamlNode& item : node.items) bytes += bytes_of(item);
  for (const YamlMember& member : node.members) bytes += member.key.size() + bytes_of(member.value);
  return bytes;
}

/// Whether a tag of YAML itself, "str" for example, is one that a node of this kind may carry.
bool is_standard(YamlNode::Kind kind, std::string_view tag) {
  if (kind == YamlNode::Kind::kSequence) return tag == "seq";
  if (kind == YamlNode::Kind::kMap) return tag == "map";
  constexpr std::string_view kScalars[] = {"str", "int", "float", "bool", "null", "timestamp", "merge"};
  return std::find(std::begin(kScalars), std::end(kScalars), tag) != std::end(kScalars);
}

/// Members by key: a repeated one replaces the first.
class Members {
 public:
  /// False if the key was there already.
  bool set(YamlMember member) {
    const auto [entry, is_new] = index_.emplace(member.key, members_.size());
    if (is_new) {
      members_.push_back(std::move(member));
    } else {
      members_[entry->second].value = std::move(member.value);
    }
    return is_new;
  }

  bool contains(const std::string& key) const { return index_.contains(key); }
  std::vector<YamlMember> take() { return std::move(members_); }

 private:
  std::vector<YamlMember> members_;
  std::unordered_map<std::string, size_t> index_;
};

/// Builds the tree from the events.
class Reader {
 public:
  Reader(std::string_view text, const YamlPlace& place, YamlRules rules)
      : events_(text, place), place_(place), rules_(rules) {}

  YamlNode document() {
    events_.next();                        // the stream begins
    Events::Event event = events_.next();  // the document, or the end of the stream
    if (event->type == YAML_STREAM_END_EVENT) return {.is_plain = true};
    event = events_.next();
    YamlNode root = node(*event, 0);
    events_.next();  // the document ends
    event = events_.next();
    if (event->type != YAML_STREAM_END_EVENT)
      place_.fail(line_of(*event), "a second document begins (only one is read)");
    return root;
  }

 private:
  /// The value that begins with `event`.
  YamlNode node(const yaml_event_t& event, int depth) {
    if (depth > kMaxDepth) place_.fail(line_of(event), "nested more than {} deep", kMaxDepth);
    if (event.type == YAML_ALIAS_EVENT) return alias(event);
    YamlNode node = {.line = line_of(event)};
    std::string anchor;
    if (event.type == YAML_SCALAR_EVENT) {
      const auto& scalar = event.data.scalar;
      node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
      node.is_plain = scalar.plain_implicit != 0;
      begin(node, scalar.tag, scalar.anchor, anchor);
    } else if (event.type == YAML_SEQUENCE_START_EVENT) {
      node.kind = YamlNode::Kind::kSequence;
      begin(node, event.data.sequence_start.tag, event.data.sequence_start.anchor, anchor);
      for (Events::Event item = events_.next(); item->type != YAML_SEQUENCE_END_EVENT; item = events_.next())
        node.items.push_back(this->node(*item, depth + 1));
    } else {
      RADLADS_CHECK(event.type == YAML_MAPPING_START_EVENT, "libyaml gave event {}", int{event.type});
      node.kind = YamlNode::Kind::kMap;
      begin(node, event.data.mapping_start.tag, event.data.mapping_start.anchor, anchor);
      node.members = map_members(depth);
    }
    if (!anchor.empty()) anchors_[anchor] = std::make_unique<YamlNode>(node);
    return node;
  }

  /// Tag and anchor. An anchor has no value before its node is complete.
  void begin(YamlNode& node, const yaml_char_t* tag, const yaml_char_t* anchor, std::string& name) {
    if (tag != nullptr) node.tag = text_of(tag);
    if (node.tag == "!") node.tag.clear();
    if (!node.tag.empty()) check_tag(node);
    if (anchor == nullptr) return;
    name = text_of(anchor);
    if (!anchors_.try_emplace(name).second) place_.fail(node.line, "the anchor &{} appears twice", name);
  }

  void check_tag(YamlNode& node) const {
    if (node.tag.starts_with(kStandardTag)) {
      const std::string name = node.tag.substr(kStandardTag.size());
      if (is_standard(node.kind, name)) {
        node.tag = name;
        return;
      }
      node.tag = "!!" + name;
    } else if (!node.tag.starts_with('!')) {
      node.tag = "!<" + node.tag + ">";
    }
    if (!rules_.foreign_tags)
      place_.fail(node.line, "the tag {} is not supported (only data can be read)", printable(node.tag));
  }

  YamlNode alias(const yaml_event_t& event) {
    const std::string name = text_of(event.data.alias.anchor);
    const auto anchor = anchors_.find(name);
    if (anchor == anchors_.end()) place_.fail(line_of(event), "there is no anchor &{} for *{}", name, name);
    if (anchor->second == nullptr) place_.fail(line_of(event), "*{} is inside the value it refers to", name);
    count_copy(*anchor->second, line_of(event));
    return *anchor->second;
  }

  void count_copy(const YamlNode& node, int64_t line) {
    copied_bytes_ += bytes_of(node);
    if (copied_bytes_ > kMaxCopiedBytes) place_.fail(line, "aliases and merges grow beyond 64 MiB");
  }

  std::vector<YamlMember> map_members(int depth) {
    Members merged, own;
    for (Events::Event event = events_.next(); event->type != YAML_MAPPING_END_EVENT;
         event = events_.next()) {
      YamlNode key = node(*event, depth + 1);
      if (!key.is_scalar()) place_.fail(key.line, "a key must be plain text");
      event = events_.next();
      YamlNode value = node(*event, depth + 1);
      if ((key.is_plain && key.text == "<<") || key.tag == "merge") {
        merge(std::move(value), merged);
      } else if (!rules_.repeated_keys && own.contains(key.text)) {
        place_.fail(key.line, "the key {} appears twice", in_quotes(key.text));
      } else {
        own.set({std::move(key.text), std::move(value)});
      }
    }
    // What is merged comes first, as in PyYAML, and the map's own members override it.
    for (YamlMember& member : own.take()) merged.set(std::move(member));
    return merged.take();
  }

  /// Of several maps in a list, the first that has a key counts.
  void merge(YamlNode value, Members& merged) const {
    if (value.is_map()) {
      for (YamlMember& member : value.members) merged.set(std::move(member));
      return;
    }
    const bool is_list =
        value.is_sequence() && std::all_of(value.items.begin(), value.items.end(),
                                           [](const YamlNode& item) { return item.is_map(); });
    if (!is_list) place_.fail(value.line, "<< needs a map or a list of maps");
    for (auto map = value.items.rbegin(); map != value.items.rend(); ++map) merge(std::move(*map), merged);
  }

  Events events_;
  const YamlPlace& place_;
  YamlRules rules_;
  size_t copied_bytes_ = 0;
  std::unordered_map<std::string, std::unique_ptr<YamlNode>> anchors_;  // null while it is being read
};

}  // namespace

bool YamlNode::is_null() const {
  if (!is_scalar() || !(is_plain || tag == "null")) return false;
  return tag == "null" || text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

YamlNode read_yaml(std::string_view text, const YamlPlace& place, YamlRules rules) {
  return Reader(text, place, rules).document();
}

}  // namespace radlads
