#include "report/markup.h"

#include <gtest/gtest.h>

namespace radlads::report {
namespace {

// The checker that the other tests rely on.
TEST(Markup, ErrorsAreFound) {
  EXPECT_EQ(markup_error("<!DOCTYPE html>\n<p class=\"a\">1 &lt; 2<svg><path d=\"M0 0\"/></svg></p>"), "");
  EXPECT_EQ(markup_error("<p><b>x</p></b>"), "</p> within <b>");
  EXPECT_EQ(markup_error("<p>"), "<p> is not closed");
  EXPECT_EQ(markup_error("</p>"), "</p> within <>");
  EXPECT_EQ(markup_error("<p>1 & 2</p>"), "a bare &");
  EXPECT_EQ(markup_error("<p>1 < 2</p>"), "a bare <");
  EXPECT_EQ(markup_error("<p a=\"1\" a=\"2\"></p>"), "attribute a of <p>");
  EXPECT_EQ(markup_error("<p a=1></p>"), "attribute a of <p>");
  EXPECT_EQ(markup_error("<p>\x01</p>"), "a control character");
  EXPECT_EQ(markup_error("<br/>"), "<br/> outside of SVG");
}

TEST(Markup, TextsAreFound) {
  EXPECT_EQ(texts_of("<h2>a</h2><h2 id=\"x\">b<i>c</i></h2><h23>d</h23>", "h2"),
            (std::vector<std::string>{"a", "bc"}));
}

}  // namespace
}  // namespace radlads::report
