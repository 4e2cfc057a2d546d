// From a task's documents to the texts that a model is asked about: description, examples, question, choices,
// as lm-evaluation-harness puts them together.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eval/python_random.h"
#include "eval/task.h"
#include "text/chat_template.h"

namespace radlads::eval {

struct TextRequest {
  std::string context, continuation;  // for rolling and generation the text is in `context`
};

/// What a model is asked about one document.
struct Question {
  int64_t doc_id = 0;
  std::string place;  // of the document, for messages: "line 3 of FILE"
  Json doc, target;
  std::vector<std::string> choices;   // of multiple choice
  std::vector<TextRequest> requests;  // one for each choice
};

struct PromptOptions {
  int64_t num_fewshot = 0;
  int64_t seed = 1234;  // of the examples
  const ChatTemplate* chat_template = nullptr;
  std::string system_instruction;
  bool fewshot_as_multiturn = false;  // else everything is one user message
};

/// The indices of the right choices. UserError for a target that is not one of the choices, or, if letters
/// are allowed (target_letters), matches more than one.
std::vector<int64_t> right_choices(const Task& task, const Question& question);

class PromptBuilder {
 public:
  /// examples: documents of the few-shot split. The task must outlive it. UserError if there are too few.
  PromptBuilder(const Task& task, std::vector<Json> examples, PromptOptions options);

  /// Documents must come in order, from the first on: the generator of the examples continues from one to the
  /// next. UserError for a document that lacks a field, or with a target that is not one of its choices; it
  /// names the `place` of the document, "line 3 of FILE".
  Question question(int64_t doc_id, const Json& doc, const std::string& place);

  /// Why the chat template refused a system message, which questions then went without; empty if it did not.
  const std::string& system_refusal() const { return system_refusal_; }

 private:
  struct Message {
    std::string role, content;
    std::string delimiter;  // after the content if there is no chat template
  };
  struct Turn;

  std::vector<const Json*> pick_examples(const Json& doc);
  Turn example_turn(const Json& example) const;
  std::vector<Message> opening(const Json& doc);
  void add_requests(const std::vector<Message>& before, Question& question);
  static void add_turn(const Turn& turn, std::vector<Message>& messages);
  std::string render(std::vector<Message> messages, bool has_prefix);
  std::optional<std::string> render_chat(const std::vector<Message>& messages, bool has_prefix) const;

  const Task& task_;
  std::vector<Json> examples_;
  PromptOptions options_;
  PythonRandom random_;
  std::string system_refusal_;
};

}  // namespace radlads::eval
