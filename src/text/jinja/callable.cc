#include "text/jinja/callable.h"

#include "text/jinja/loop.h"

namespace radlads::jinja {

Value call(const Site& site, const Value& callee, const Arguments& arguments) {
  site.require_defined(callee);
  const Descent descent(site);
  if (const Callable* callable = callee.callable()) return callable->call(site, arguments);
  if (Loop* loop = callee.loop()) return loop->recurse(site, arguments);
  site.fail("{} cannot be called", callee.type_name());
}

}  // namespace radlads::jinja
