#include "text/jinja/interpreter.h"

#include "text/jinja/access.h"
#include "text/jinja/comparison.h"
#include "text/jinja/json.h"
#include "text/jinja/loop.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {

Interpreter::Interpreter(const Program& program, const Json& variables)
    : program_(program),
      rendering_{.name = program.name, .strict = program.options.strict},
      evaluator_(rendering_, variables) {
  RADLADS_CHECK(variables.is_object(), "the variables of a template are an object, not {}",
                variables.type_name());
}

std::string Interpreter::text() {
  Scope scope(&evaluator_.globals());
  std::string out;
  run_body(program_.body, scope, out);
  return out;
}

Json Interpreter::value(const Print& print) {
  return json_of(evaluator_.site(print.value->at), evaluator_.evaluate(*print.value, evaluator_.globals()));
}

Interpreter::Flow Interpreter::run_body(const Body& body, Scope& scope, std::string& out) {
  for (const Statement& statement : body) {
    const Site site = evaluator_.site(statement.at);
    const Flow flow =
        std::visit([&](const auto& what) { return run(what, site, scope, out); }, statement.what);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const Text& text, const Site& site, Scope&, std::string& out) {
  site.append(text.text, out);
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const Print& print, const Site& site, Scope& scope, std::string& out) {
  out += text_of(site, evaluator_.evaluate(*print.value, scope));
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const For& loop, const Site& site, Scope& scope, std::string& out) {
  Loop::Test keep;
  if (loop.test != nullptr) {
    keep = [&](const Value& item) {
      Scope inner(&scope);
      assign(loop.target, item, inner);
      return is_true(site, evaluator_.evaluate(*loop.test, inner));
    };
  }
  const auto state = std::make_shared<Loop>(items_of(site, evaluator_.evaluate(*loop.items, scope)), keep);
  bool has_run = false;  // a body to its end: what jinja2 means by a loop that was not empty
  for (Flow flow = Flow::kNext; flow != Flow::kBreak && state->advance(); has_run |= flow == Flow::kNext) {
    site.spend(kValueCost);
    Scope inner(&scope);
    inner.set("loop", state);
    assign(loop.target, state->item(), inner);
    flow = run_body(loop.body, inner, out);
  }
  state->finish();
  if (has_run) return Flow::kNext;
  Scope inner(&scope);
  return run_body(loop.otherwise, inner, out);
}

Interpreter::Flow Interpreter::run(const If& choice, const Site& site, Scope& scope, std::string& out) {
  for (const auto& [test, body] : choice.branches) {
    if (is_true(site, evaluator_.evaluate(*test, scope))) return run_body(body, scope, out);
  }
  return run_body(choice.otherwise, scope, out);
}

Interpreter::Flow Interpreter::run(const Set& assignment, const Site&, Scope& scope, std::string&) {
  assign(assignment.target, evaluator_.evaluate(*assignment.value, scope), scope);
  return Flow::kNext;
}

Interpreter::Flow Interpreter::run(const SetBlock& block, const Site&, Scope& scope, std::string&) {
  std::string text;
  Scope inner(&scope);
  const Flow flow = run_body(block.body, inner, text);
  if (flow != Flow::kNext) return flow;
  assign(block.target, evaluator_.with_suffixes(std::move(text), block.filters, inner), scope);
  return Flow::kNext;
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  const Site site = evaluator_.site(target.at);
  if (!target.field.empty()) {
    const Value* found = scope.find(target.name);
    if (found == nullptr || found->space() == nullptr) site.fail("{} is no namespace", target.name);
    found->space()->set(target.field, value);
  } else if (!target.name.empty()) {
    scope.set(target.name, value);
  } else {
    const Values items = items_of(site, value);
    if (items.size() != target.parts.size()) {
      site.fail("{} values for {} variables", items.size(), target.parts.size());
    }
    for (size_t i = 0; i < items.size(); ++i) assign(target.parts[i], items[i], scope);
  }
}

}  // namespace radlads::jinja
