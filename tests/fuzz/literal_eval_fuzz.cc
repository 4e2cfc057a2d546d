// A text that may be a Python literal. A list must be the same after it was printed as Python does and read
// again.
#include <string>

#include "core/error.h"
#include "text/literal_eval.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace radlads;
  const auto literal = text::literal_eval({reinterpret_cast<const char*>(data), size});
  if (!literal || !literal->unsupported.empty() || !literal->value.is_array()) return 0;
  static const Template kPrint = Template::parse("{{ value }}", "fuzz");
  std::string printed;
  try {
    printed = kPrint.render({{"value", literal->value}});
  } catch (const UserError&) {  // longer than a template may print
    return 0;
  }
  if (printed.find("inf") != printed.npos) return 0;  // 1e999, which Python prints as a name
  const auto again = text::literal_eval(printed);
  RADLADS_CHECK(again && again->value == literal->value, "{} is read as another value", printed);
  return 0;
}
