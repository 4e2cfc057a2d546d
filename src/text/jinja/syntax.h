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
#include "text/template_options.h"

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
  ExpressionPtr more_positional, more_named;  // *a and **b; each may be null
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

/// first op operand op operand ...: each applies to neighbors
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
/// `filter` is null if there is none by this name: an error only if it is reached.
struct FilterCall {
  std::string name;
  const Filter* filter;
  CallArguments arguments;
};
/// `test` may also be null.
struct TestCall {
  std::string name;
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
  bool is_recursive;
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
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> variables;
  Body body;
};
struct FilterBlock {
  std::vector<Suffix> filters;
  Body body;
};
/// A macro, or the body of a call block, which has no name.
struct MacroDefinition {
  std::string name;
  std::vector<std::string> parameters;
  Expressions defaults;  // of the last parameters
  /// What the body uses besides its parameters.
  bool takes_caller = false, takes_kwargs = false, takes_varargs = false;
  bool names_caller = false;  // as a parameter that the body reads
  Body body;
};
/// `call`, a Chain that ends with a Call or MethodCall, which gets the definition as its argument `caller`.
struct CallBlock {
  ExpressionPtr call;
  MacroDefinition caller;
};
/// A body with variables of its own: those of the tags generation and autoescape.
struct Scoped {
  Body body;
};
/// A block sees the variables of the template, not those of the loops and blocks around it.
struct Block {
  bool is_scoped;
  Body body;
};
/// A tag that needs other templates: an error if it is reached.
struct Foreign {
  std::string tag;
};
struct Break {};
struct Continue {};

struct Statement {
  Position at;
  std::variant<Text, Print, For, If, Set, SetBlock, With, FilterBlock, MacroDefinition, CallBlock, Scoped,
               Block, Foreign, Break, Continue>
      what;
};

/// A parsed template.
struct Program {
  std::string name;
  TemplateOptions options;
  Body body;
};

}  // namespace radlads::jinja
