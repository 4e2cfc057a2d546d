#include "eval/prompt.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "io/json_field.h"
#include "text/jinja/strings.h"

namespace radlads::eval {
namespace {

bool is_space_at(std::string_view text, size_t position) {
  return jinja::is_space(next_character(text, position));
}

bool begins_with_space(std::string_view text) { return !text.empty() && is_space_at(text, 0); }

bool ends_with_space(std::string_view text) {
  size_t last = 0;
  for (size_t position = 0; position < text.size(); next_character(text, position)) last = position;
  return !text.empty() && is_space_at(text, last);
}

/// The delimiter only where neither side has white space; nothing next to an empty side.
std::string join(const std::string& left, const std::string& right, const std::string& delimiter) {
  const bool bare = left.empty() || right.empty() || ends_with_space(left) || begins_with_space(right);
  return left + (bare ? "" : delimiter) + right;
}

std::string shown(const Json& value) { return OrderedJsonField(value, "eval", "").shown(); }

/// Of a value that may be an index of `choices`; nullopt if it is not one of them.
std::optional<int64_t> index_of(const Json& value, const std::vector<std::string>& choices) {
  uint64_t index = choices.size();
  if (value.is_boolean()) {
    index = value.get<bool>() ? 1 : 0;  // as in Python
  } else if (value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0)) {
    index = value.get<uint64_t>();
  }
  return index < choices.size() ? std::optional(static_cast<int64_t>(index)) : std::nullopt;
}

/// The choices that a target may mean.
std::vector<int64_t> fitting_choices(const Task& task, const Json& target,
                                     const std::vector<std::string>& choices) {
  std::vector<int64_t> fitting;
  if (!target.is_string()) {
    if (target.is_boolean() && task.has_letters) return fitting;
    if (const auto index = index_of(target, choices)) fitting.push_back(*index);
    return fitting;
  }
  const auto& text = target.get_ref<const std::string&>();
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == text) fitting.push_back(static_cast<int64_t>(i));
  }
  if (!task.has_letters) {
    fitting.resize(std::min<size_t>(fitting.size(), 1));
  } else if (fitting.empty() && text.size() == 1 && text[0] >= 'A' &&
             static_cast<size_t>(text[0] - 'A') < choices.size() && text[0] <= 'Z') {
    fitting.push_back(text[0] - 'A');
  }
  return fitting;
}

/// The answer that an example shows.
std::string answer_of(const Json& target, const std::vector<std::string>& choices) {
  if (!choices.empty() && (target.is_number() || target.is_boolean())) {
    if (const auto index = index_of(target, choices)) return choices[static_cast<size_t>(*index)];
    fail("[eval] the target {} is not one of the {} choices", python_text(target), choices.size());
  }
  if (target.is_array() && !target.empty()) return answer_of(target[0], choices);
  return python_text(target);
}

/// What is asked. A number, where there are choices, is for the harness the index of an input.
std::string question_of(const DocField& field, const Json& doc, bool has_choices) {
  std::string text = field.text_of(doc);
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  const bool is_text = field.names_field_of(doc) && field.of(doc).is_string();
  if (has_choices && is_number && !is_text) {
    fail(
        "[eval] {}: the text is the number {}, and with doc_to_choice that is the index of one of several "
        "inputs: several inputs per document are not supported; give the key contexts, or add other "
        "characters to the text",
        field.where(), text);
  }
  return text;
}

/// Calls the function, and adds the place of the document to its UserErrors.
template <class Function>
auto with_place(const std::string& place, const Function& function) {
  try {
    return function();
  } catch (const UserError& error) {
    fail("{} in {}", error.what(), place);
  }
}

std::string text_of_messages(const auto& messages) {
  std::string text;
  for (const auto& message : messages) text += message.content + message.delimiter;
  return text;
}

}  // namespace

/// A question, and what is known about its answer.
struct PromptBuilder::Turn {
  std::string question;
  std::optional<std::string> answer;
  std::string prefix;  // with which the answer begins
  std::string target_delimiter, fewshot_delimiter;
};

PromptBuilder::PromptBuilder(const Task& task, std::vector<Json> examples, PromptOptions options)
    : task_(task), examples_(std::move(examples)), options_(std::move(options)), random_(options_.seed) {
  const bool draws_one_more = task.fewshot.excludes_question && task.fewshot.sampler == "default";
  const int64_t needed = options_.num_fewshot == 0 ? 0 : options_.num_fewshot + (draws_one_more ? 1 : 0);
  if (needed > static_cast<int64_t>(examples_.size())) {
    fail("[eval] {}: {} examples are requested, but {} has {}{}: give a smaller --num-fewshot", task.name,
         options_.num_fewshot, task.fewshot.place(), examples_.size(),
         draws_one_more ? ", the question among them" : "");
  }
}

std::vector<const Json*> PromptBuilder::pick_examples(const Json& doc) {
  const auto count = static_cast<size_t>(options_.num_fewshot);
  const bool excludes = task_.fewshot.excludes_question;
  std::vector<const Json*> picked;
  const auto add = [&](const Json& example) {
    if (picked.size() < count && !(excludes && example == doc)) picked.push_back(&example);
  };
  if (count == 0) return picked;
  if (task_.fewshot.sampler == "first_n") {
    for (const Json& example : examples_) add(example);
  } else {
    for (const size_t i : random_.sample(examples_.size(), count + (excludes ? 1 : 0))) add(examples_[i]);
    if (picked.size() < count) {
      // The question was drawn more than once: its duplicates are removed from the pool before a second draw.
      std::vector<const Json*> pool;
      for (const Json& example : examples_) {
        if (example != doc) pool.push_back(&example);
      }
      picked.clear();
      if (pool.size() >= count) {
        for (const size_t i : random_.sample(pool.size(), count)) picked.push_back(pool[i]);
      }
    }
  }
  if (picked.size() < count)
    fail("[eval] {}: too few examples that differ from the question: give a smaller --num-fewshot",
         task_.name);
  return picked;
}

void PromptBuilder::add_turn(const Turn& turn, std::vector<Message>& messages) {
  const bool meets_prefix = !turn.prefix.empty() && !turn.question.empty() &&
                            !ends_with_space(turn.question) && !begins_with_space(turn.prefix);
  const bool delimits = turn.prefix.empty() ? turn.answer.has_value() : meets_prefix;
  messages.push_back({"user", turn.question, delimits ? turn.target_delimiter : ""});
  if (turn.answer) {
    messages.push_back({"assistant", join(turn.prefix, *turn.answer, " "), turn.fewshot_delimiter});
  } else if (!turn.prefix.empty()) {
    messages.push_back({"assistant", turn.prefix, ""});
  }
}

PromptBuilder::Turn PromptBuilder::example_turn(const Json& example) const {
  const FewshotSpec& spec = task_.fewshot;
  const bool has_choices = static_cast<bool>(spec.doc_to_choice);
  std::vector<std::string> choices;
  if (has_choices) choices = spec.doc_to_choice.list_of(example);
  const Json target = spec.doc_to_target.target_of(example, has_choices);
  Turn turn = {question_of(spec.doc_to_text, example, has_choices), answer_of(target, choices),
               spec.gen_prefix.text_of(example), spec.target_delimiter, spec.fewshot_delimiter};
  if (task_.contexts) turn.question = answer_of(target, task_.contexts.list_of(example));
  if (turn.answer->empty()) turn.answer.reset();
  return turn;
}

/// Instruction, description and examples.
std::vector<PromptBuilder::Message> PromptBuilder::opening(const Json& doc) {
  std::vector<Message> messages;
  const std::string system =
      join(options_.system_instruction, task_.description.text_of(doc), task_.fewshot_delimiter);
  if (!system.empty()) messages.push_back({"system", system, ""});
  for (const Json* example : pick_examples(doc)) {
    const std::string place =
        fmt::format("example {} of {}", example - examples_.data(), task_.fewshot.place());
    add_turn(with_place(place, [&] { return example_turn(*example); }), messages);
  }
  return messages;
}

std::string PromptBuilder::render(std::vector<Message> messages, bool has_prefix) {
  if (options_.chat_template == nullptr) return text_of_messages(messages);
  if (!options_.fewshot_as_multiturn) {
    std::vector<Message> single, user;
    if (messages.front().role == "system") single.push_back(messages.front());
    const size_t end = messages.size() - (messages.back().role == "assistant" ? 1 : 0);
    user.assign(messages.begin() + static_cast<int64_t>(single.size()),
                messages.begin() + static_cast<int64_t>(end));
    if (!user.empty()) user.back().delimiter.clear();
    single.push_back({"user", text_of_messages(user), ""});
    if (end < messages.size()) single.push_back(messages.back());
    messages = std::move(single);
  }
  std::optional<std::string> text;
  try {
    text = render_chat(messages, has_prefix);
  } catch (const UserError& error) {
    // As in the harness: many templates refuse the role.
    if (messages.front().role != "system") throw;
    messages.erase(messages.begin());
    text = render_chat(messages, has_prefix);
    system_refusal_ = error.what();
  }
  const std::string& file = options_.chat_template->name();
  if (!text)
    fail("[eval] {}: the chat template changes gen_prefix, so no answer can continue it, in {}", task_.name,
         file);
  if (text->empty()) fail("[eval] {}: the chat template renders nothing in {}", task_.name, file);
  return *text;
}

std::optional<std::string> PromptBuilder::render_chat(const std::vector<Message>& messages,
                                                      bool has_prefix) const {
  Json list = Json::array();
  for (const Message& message : messages)
    list.push_back({{"role", message.role}, {"content", message.content}});
  if (has_prefix) return options_.chat_template->render_unfinished(std::move(list));
  return options_.chat_template->render(list, /*add_generation_prompt=*/true);
}

Question PromptBuilder::question(int64_t doc_id, const Json& doc, const std::string& place) {
  const std::vector<Message> before = opening(doc);
  Question question = {doc_id, place, doc, {}, {}, {}};
  with_place(place, [&] {
    const bool has_choices = static_cast<bool>(task_.doc_to_choice);
    if (has_choices) question.choices = task_.doc_to_choice.list_of(doc);
    if (has_choices && question.choices.empty()) fail("[eval] {}: is empty", task_.doc_to_choice.where());
    question.target = task_.doc_to_target.target_of(doc, has_choices);
    add_requests(before, question);
  });
  const bool is_scored_by_choice =
      task_.output == OutputType::kMultipleChoice || task_.output == OutputType::kGenerateUntil;
  if (is_scored_by_choice && !question.choices.empty()) right_choices(task_, question);
  return question;
}

void PromptBuilder::add_requests(const std::vector<Message>& before, Question& question) {
  const Json& doc = question.doc;
  if (task_.output == OutputType::kRolling) {
    question.requests.push_back({python_text(question.target), ""});
    return;
  }
  const bool has_choices = static_cast<bool>(task_.doc_to_choice);
  const std::string prefix = task_.gen_prefix.text_of(doc);
  const auto context = [&](const std::string& text) {
    std::vector<Message> messages = before;
    add_turn({text, std::nullopt, prefix, task_.contexts ? "" : task_.target_delimiter, ""}, messages);
    return render(std::move(messages), !prefix.empty());
  };
  if (task_.output != OutputType::kMultipleChoice) {
    const bool is_scored = task_.output == OutputType::kLogLikelihood;
    question.requests.push_back({context(question_of(task_.doc_to_text, doc, has_choices)),
                                 is_scored ? python_text(question.target) : std::string()});
    return;
  }
  // The harness looks at gen_prefix as it is written, not at its text for the document.
  const std::string written_prefix = python_text(task_.gen_prefix.source());
  const bool has_prefix = task_.gen_prefix && !written_prefix.empty();
  const bool bare = options_.chat_template != nullptr && (!has_prefix || ends_with_space(written_prefix));
  const std::string delimiter = bare ? "" : task_.target_delimiter;
  if (task_.contexts) {
    const std::vector<std::string> texts = task_.contexts.list_of(doc);
    if (texts.size() != question.choices.size())
      fail("[eval] {}: {} contexts for {} choices", task_.name, texts.size(), question.choices.size());
    for (size_t i = 0; i < texts.size(); ++i)
      question.requests.push_back({context(texts[i]), delimiter + question.choices[i]});
    return;
  }
  const std::string shared = context(question_of(task_.doc_to_text, doc, has_choices));
  for (const std::string& choice : question.choices)
    question.requests.push_back({shared, delimiter + choice});
}

std::vector<int64_t> right_choices(const Task& task, const Question& question) {
  std::vector<int64_t> right;
  const Json targets = question.target.is_array() ? question.target : Json::array({question.target});
  for (const Json& target : targets) {
    const std::vector<int64_t> fitting = fitting_choices(task, target, question.choices);
    if (fitting.empty() && task.doc_to_target.lacks_field_of(question.doc)) {
      fail("[eval] {}: the document has no field {} in {}", task.doc_to_target.where(),
           shown(task.doc_to_target.source()), question.place);
    }
    if (fitting.size() != 1) {
      fail(
          "[eval] {}: the target {} matches {} of the {} choices: correct the document, or doc_to_target in "
          "{}, "
          "in {}",
          task.name, shown(target), fitting.empty() ? "none" : "more than one", question.choices.size(),
          task.file.string(), question.place);
    }
    right.push_back(fitting[0]);
  }
  if (right.empty()) fail("[eval] {}: the list of targets is empty in {}", task.name, question.place);
  return right;
}

}  // namespace radlads::eval
