#include "io/yaml_json.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads {
namespace {

nlohmann::ordered_json parse(std::string_view text) { return parse_yaml(text, "read_task", "x.yaml"); }

std::string error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(YamlJson, PlainScalarsHaveTypes) {
  // As yaml.safe_load of PyYAML 6 reads them.
  EXPECT_EQ(parse("[yes, No, on, OFF, true, ~, null, '', \"yes\"]").dump(),
            R"([true,false,true,false,true,null,null,"","yes"])");
  EXPECT_EQ(parse("[1, -2, +3, 0x1f, 017, 1_0, 1.5, .5, -1.5, 1.0e+3, 2.0]").dump(),
            R"([1,-2,3,31,15,10,1.5,0.5,-1.5,1000.0,2.0])");
  EXPECT_EQ(parse("[0o7, 08, -.5, 1e3, 1.2.3, -, +, _1, a b, '1']").dump(),
            R"(["0o7","08","-.5","1e3","1.2.3","-","+","_1","a b","1"])");
}

TEST(YamlJson, KeepsTheOrderOfKeysAndBlocksOfText) {
  EXPECT_EQ(parse("b: 1\na: {d: 2, c: 3}\ntext: |\n  one\n  two\nfolded: >-\n  one\n  two\n").dump(),
            R"({"b":1,"a":{"d":2,"c":3},"text":"one\ntwo\n","folded":"one two"})");
}

TEST(YamlJson, NamesLineAndFileOfWhatIsWrong) {
  EXPECT_EQ(error_of("a: 1\nb: [2\n").substr(0, 11), "[read_task]");
  EXPECT_NE(error_of("a: 1\nb: [2\n").find("x.yaml"), std::string::npos);
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "[read_task] the key \"a\" is there twice in line 2 of x.yaml");
  EXPECT_EQ(
      error_of("task: x\nprocess_docs: !function utils.process\n"),
      "[read_task] !function is not supported: a task is data, write it as a template in line 2 of x.yaml");
}

}  // namespace
}  // namespace radlads
