// The syntax tree of a template. Chains (a + b - c, a.b[c]|d, a < b < c) are lists, so that the tree is no
// deeper than its brackets and tags are nested.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/value.h"
#include "text/template.h"

namespace radlads::jinja {

struct Expression;
struct Filter;
struct Statement;
struct Test;
using ExpressionPtr = std::unique_ptr<const Expression>;
using Expressions = std::vector<ExpressionPtr>;
using Body = std::vector<Statement>;

struct CallArguments {
  Expressions positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
};

struct Literal {
  Value value;
};

struct Name {
  std::string name;
};

/// [a, b] or (a, b)
struct Display {
  SequenceKind kind;
  Expressions items;
};

/// {a: b}
struct DictDisplay {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};

enum class UnaryOperator : uint8_t { kPlus, kMinus, kNot };

struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};

enum class BinaryOperator : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };

/// first op operand op operand ..., from left to right
struct Arithmetic {
  struct Step {
    BinaryOperator op;
    ExpressionPtr operand;
    Position at;
  };
  ExpressionPtr first;
  std::vector<Step> rest;
};

/// a ~ b ~ c
struct Concatenation {
  Expressions parts;
};

enum class Relation : uint8_t {
  kEqual,
  kUnequal,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kNotIn
};

/// first op operand op operand ...: each holds between neighbours
struct Comparison {
  struct Step {
    Relation relation;
    ExpressionPtr operand;
    Position at;
  };
  ExpressionPtr first;
  std::vector<Step> rest;
};

/// a and b and c, or a or b or c
struct Logical {
  bool is_and;
  Expressions operands;
};

/// value if test else otherwise; `otherwise` may be null
struct Conditional {
  ExpressionPtr test, value, otherwise;
};

struct Attribute {
  std::string name;
};
struct Item {
  ExpressionPtr key;
};
/// Each may be null.
struct Slice {
  ExpressionPtr start, stop, step;
};
struct MethodCall {
  std::string name;
  CallArguments arguments;
};
struct Call {
  CallArguments arguments;
};
struct FilterCall {
  const Filter* filter;
  CallArguments arguments;
};
struct TestCall {
  const Test* test;
  bool is_negated;
  CallArguments arguments;
};

struct Suffix {
  Position at;
  std::variant<Attribute, Item, Slice, MethodCall, Call, FilterCall, TestCall> what;
};

/// A subject and what is done with it, one after the other.
struct Chain {
  ExpressionPtr subject;
  std::vector<Suffix> suffixes;
};

struct Expression {
  Position at;
  std::variant<Literal, Name, Display, DictDisplay, Unary, Arithmetic, Concatenation, Comparison, Logical,
               Conditional, Chain>
      node;
};

/// a, or space.a, or (a, b): what is set.
struct Target {
  Position at;
  std::string name;   // empty if these are several
  std::string field;  // of the namespace `name`, unless empty
  std::vector<Target> parts;
};

struct Text {
  std::string text;
};
struct Print {
  ExpressionPtr value;
};
struct For {
  Target target;
  ExpressionPtr items, test;  // `test` may be null
  Body body, otherwise;
};
struct If {
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  std::vector<Suffix> filters;
  Body body;
};
struct Break {};
struct Continue {};

struct Statement {
  Position at;
  std::variant<Text, Print, For, If, Set, SetBlock, Break, Continue> what;
};

/// A parsed template.
struct Program {
  std::string name;
  TemplateOptions options;
  Body body;
};

}  // namespace radlads::jinja
