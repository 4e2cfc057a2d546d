#include "text/jinja/loop.h"

#include <algorithm>
#include <limits>

#include "text/jinja/access.h"
#include "text/jinja/callable.h"
#include "text/jinja/operators.h"

namespace radlads::jinja {

Loop::Loop(Values items, int64_t depth0) : items_(std::move(items)), depth0_(depth0) {
  for (const Value& item : items_) depth_ = std::max(depth_, item.depth() + 1);
}

bool Loop::look_ahead(size_t count) {
  while (ahead_.size() < count && next_ < items_.size()) {
    const Value& item = items_[next_++];
    is_testing_ = true;
    if (!keep_ || keep_(item)) ahead_.push_back(item);
    is_testing_ = false;
  }
  return ahead_.size() >= count;
}

bool Loop::advance() {
  if (!look_ahead(1)) return false;
  previous_ = std::move(current_);
  current_ = std::move(ahead_.front());
  ahead_.pop_front();
  ++index0_;
  return true;
}

int64_t Loop::length() {
  look_ahead(std::numeric_limits<size_t>::max());
  return index0_ + 1 + static_cast<int64_t>(ahead_.size());
}

Value Loop::attribute(const Site& site, std::string_view name) {
  if (is_over_) site.fail("this loop has ended");
  if (is_testing_) site.fail("the condition of a loop asks for the loop itself");
  if (name == "index0") return index0_;
  if (name == "index") return index0_ + 1;
  if (name == "first") return index0_ == 0;
  if (name == "last") return !look_ahead(1);
  if (name == "length") return length();
  if (name == "revindex") return length() - index0_;
  if (name == "revindex0") return length() - index0_ - 1;
  if (name == "previtem") return index0_ > 0 ? previous_ : site.undefined("loop.previtem of the first item");
  if (name == "nextitem")
    return look_ahead(1) ? ahead_.front() : site.undefined("loop.nextitem of the last item");
  if (name == "depth0") return depth0_;
  if (name == "depth") return depth0_ + 1;
  return site.undefined(fmt::format("loop.{}", name));
}

Value Loop::recurse(const Site& site, const Arguments& arguments) {
  const Bound given(site, arguments, {"iterable"}, 1);
  if (is_over_) site.fail("this loop has ended");
  if (!recurse_) site.fail("the loop is not recursive: write {{% for ... recursive %}}");
  return recurse_(items_of(site, given[0]));
}

bool Loop::changed(const Site& site, const Values& values) {
  const bool is_same = last_changed_ && is_equal(site, Value::tuple(*last_changed_), Value::tuple(values));
  if (!is_same) last_changed_ = values;
  return !is_same;
}

void Loop::finish() {
  is_over_ = true;
  keep_ = nullptr;
  recurse_ = nullptr;
  last_changed_.reset();
}

}  // namespace radlads::jinja
