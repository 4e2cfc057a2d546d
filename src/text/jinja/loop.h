// The state of a for loop, which is also its variable `loop`. Items that the loop's `if` leaves out are left
// out when the loop comes to them, or when something asks what follows.
#pragma once

#include <deque>
#include <functional>

#include "text/jinja/value.h"

namespace radlads::jinja {

class Site;

class Loop {
 public:
  using Test = std::function<bool(const Value&)>;

  /// `keep` is the loop's `if`, or empty.
  Loop(Values items, Test keep);

  /// Goes to the next item. False at the end.
  bool advance();

  const Value& item() const { return current_; }
  uint32_t depth() const { return depth_; }
  int64_t length();

  /// loop.index and the like; undefined for names that loops do not have. UserError after finish().
  Value attribute(const Site& site, std::string_view name);

  /// Nothing may call `keep` any more: what it refers to is gone.
  void finish() { is_over_ = true; }

 private:
  /// Tests items until `count` are at hand beyond the current one. False if there are fewer.
  bool look_ahead(size_t count);

  Values items_;
  size_t next_ = 0;  // of items_
  Test keep_;
  bool is_testing_ = false, is_over_ = false;
  uint32_t depth_ = 1;
  std::deque<Value> ahead_;  // tested, but not reached
  Value previous_, current_;
  int64_t index0_ = -1;
};

}  // namespace radlads::jinja
