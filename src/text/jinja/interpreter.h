// Runs the statements of a template.
#pragma once

#include "text/jinja/evaluator.h"

namespace radlads::jinja {

class Interpreter {
 public:
  /// Both must outlive the interpreter, which renders once.
  Interpreter(const Program& program, const Json& variables);

  std::string text();

  /// The value of one print statement.
  Json value(const Print& print);

 private:
  /// How a list of statements ends.
  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  Flow run_body(const Body& body, Scope& scope, std::string& out);
  Flow run(const Text& text, const Site& site, Scope& scope, std::string& out);
  Flow run(const Print& print, const Site& site, Scope& scope, std::string& out);
  Flow run(const For& loop, const Site& site, Scope& scope, std::string& out);
  Flow run(const If& choice, const Site& site, Scope& scope, std::string& out);
  Flow run(const Set& assignment, const Site& site, Scope& scope, std::string& out);
  Flow run(const SetBlock& block, const Site& site, Scope& scope, std::string& out);
  Flow run(const Break&, const Site&, Scope&, std::string&) { return Flow::kBreak; }
  Flow run(const Continue&, const Site&, Scope&, std::string&) { return Flow::kContinue; }

  void assign(const Target& target, const Value& value, Scope& scope);

  const Program& program_;
  Rendering rendering_;
  Evaluator evaluator_;
};

}  // namespace radlads::jinja
