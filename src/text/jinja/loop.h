// The state of a for loop, which is also its variable `loop`. Items that the loop's `if` leaves out are
// skipped when the loop comes to them, or when something asks what follows.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "text/jinja/value.h"

namespace radlads::jinja {

class Site;
struct Arguments;

class Loop {
 public:
  using Test = std::function<bool(const Value&)>;
  using Recurse = std::function<Value(Values)>;

  /// `depth0` is that of a recursive loop within itself.
  Loop(Values items, int64_t depth0);

  /// The loop's `if`.
  void keep_if(Test keep) { keep_ = std::move(keep); }

  /// What the call of a recursive loop gives: the text of its body for other items.
  void recurse_by(Recurse recurse) { recurse_ = std::move(recurse); }

  /// Goes to the next item. False at the end.
  bool advance();

  const Value& item() const { return current_; }
  uint32_t depth() const { return depth_; }
  int64_t length();

  /// loop.index and the like; undefined for names that loops do not have. UserError after finish().
  Value attribute(const Site& site, std::string_view name);

  /// loop(items). UserError if the loop is not recursive.
  Value recurse(const Site& site, const Arguments& arguments);

  /// True if the values differ from those of the previous call.
  bool changed(const Site& site, const Values& values);

  /// What the loop was given may no longer be called: what it refers to is gone.
  void finish();

 private:
  /// Tests items until `count` are available beyond the current one. False if there are fewer.
  bool look_ahead(size_t count);

  Values items_;
  size_t next_ = 0;  // of items_
  Test keep_;
  Recurse recurse_;
  int64_t depth0_;
  bool is_testing_ = false, is_over_ = false;
  uint32_t depth_ = 1;
  std::deque<Value> ahead_;  // tested, but not reached
  Value previous_, current_;
  int64_t index0_ = -1;
  std::optional<Values> last_changed_;
};

}  // namespace radlads::jinja
