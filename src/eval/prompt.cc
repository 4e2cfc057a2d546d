#include "eval/prompt.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "text/unicode.h"

namespace radlads::eval {
namespace {

bool is_space_at(std::string_view text, size_t position) {
  return text::is_white_space(next_character(text, position));
}

bool begins_with_space(std::string_view text) { return !text.empty() && is_space_at(text, 0); }

bool ends_with_space(std::string_view text) {
  size_t last = 0;
  for (size_t position = 0; position < text.size(); next_character(text, position)) last = position;
  return !text.empty() && is_space_at(text, last);
}

/// The delimiter only where neither side has white space; nothing beside an empty side.
std::string join(const std::string& left, const std::string& right, const std::string& delimiter) {
  const bool bare = left.empty() || right.empty() || ends_with_space(left) || begins_with_space(right);
  return left + (bare ? "" : delimiter) + right;
}

bool is_digits(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What a template gives for a number is the number of a choice.
Json as_index(Json value, bool has_choices) {
  if (has_choices && is_digits(value)) return std::stoll(value.get<std::string>());
  return value;
}

std::string as_text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// The answer that an example shows.
std::string answer_of(const Json& target, const std::vector<std::string>& choices, const Task& task) {
  if (target.is_number_integer() && !choices.empty()) {
    const auto index = target.get<int64_t>();
    if (index < 0 || index >= static_cast<int64_t>(choices.size()))
      fail("[eval] {}: an example's target is choice {} of {} in {}", task.name, index, choices.size(),
           task.file.string());
    return choices[static_cast<size_t>(index)];
  }
  if (target.is_array() && !target.empty()) return as_text(target[0]);
  return as_text(target);
}

std::string text_of_messages(const auto& messages) {
  std::string text;
  for (const auto& message : messages) text += message.content + message.delimiter;
  return text;
}

}  // namespace

/// A question, and what is known of its answer.
struct PromptBuilder::Turn {
  std::string question;
  std::optional<std::string> answer;
  std::string prefix;  // with which the answer begins
  std::string target_delimiter, fewshot_delimiter;
};

PromptBuilder::PromptBuilder(const Task& task, std::vector<Json> examples, PromptOptions options)
    : task_(task), examples_(std::move(examples)), options_(std::move(options)), random_(options_.seed) {
  if (!task.fewshot.indices.empty()) {
    std::vector<Json> chosen;
    for (const int64_t i : task.fewshot.indices) {
      if (i >= static_cast<int64_t>(examples_.size()))
        fail("[eval] {}: fewshot_indices has {}, but there are {} examples", task.name, i, examples_.size());
      chosen.push_back(examples_[static_cast<size_t>(i)]);
    }
    examples_ = std::move(chosen);
  }
  const bool draws_one_more = task.fewshot.excludes_question && task.fewshot.sampler == "default";
  const int64_t needed = options_.num_fewshot == 0 ? 0 : options_.num_fewshot + (draws_one_more ? 1 : 0);
  if (needed > static_cast<int64_t>(examples_.size())) {
    fail("[eval] {}: {} examples are wanted and the split {:?} has {}: give a smaller --num-fewshot",
         task.name, options_.num_fewshot, task.fewshot.split, examples_.size());
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
      // The question was drawn more than once: its equals are taken out of the pool before a second draw.
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

/// Instruction, description and examples.
std::vector<PromptBuilder::Message> PromptBuilder::opening(const Json& doc) {
  std::vector<Message> messages;
  const std::string system =
      join(options_.system_instruction, task_.description.text_of(doc), task_.fewshot_delimiter);
  if (!system.empty()) messages.push_back({"system", system, ""});
  const FewshotSpec& spec = task_.fewshot;
  for (const Json* example : pick_examples(doc)) {
    const bool has_choices = static_cast<bool>(spec.doc_to_choice);
    std::vector<std::string> choices;
    if (has_choices) choices = spec.doc_to_choice.list_of(*example);
    const Json target = as_index(spec.doc_to_target.of(*example), has_choices);
    Turn turn = {spec.doc_to_text.text_of(*example), answer_of(target, choices, task_),
                 spec.gen_prefix.text_of(*example), spec.target_delimiter, spec.fewshot_delimiter};
    if (task_.contexts) turn.question = answer_of(target, task_.contexts.list_of(*example), task_);
    if (turn.answer->empty()) turn.answer.reset();
    add_turn(turn, messages);
  }
  return messages;
}

std::string PromptBuilder::render(std::vector<Message> messages, bool has_prefix) const {
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
  Json list = Json::array();
  for (const Message& message : messages)
    list.push_back({{"role", message.role}, {"content", message.content}});
  std::string text = options_.chat_template->render(list, /*add_generation_prompt=*/!has_prefix);
  if (!has_prefix) return text;
  // The answer goes on from its prefix: what the template writes behind a message is cut off.
  const size_t at = text.rfind(messages.back().content);
  if (at == std::string::npos)
    fail("[eval] {}: the chat template changes gen_prefix, so no answer can go on from it", task_.name);
  return text.substr(0, at + messages.back().content.size());
}

Question PromptBuilder::question(int64_t doc_id, const Json& doc) {
  Question question = {doc_id, doc, {}, {}, {}};
  const bool has_choices = static_cast<bool>(task_.doc_to_choice);
  if (has_choices) question.choices = task_.doc_to_choice.list_of(doc);
  question.target = as_index(task_.doc_to_target.of(doc), has_choices);
  if (task_.output == OutputType::kRolling) {
    question.requests.push_back({as_text(question.target), ""});
    return question;
  }
  const std::string prefix = task_.gen_prefix.text_of(doc);
  const std::vector<Message> before = opening(doc);
  const auto context = [&](const std::string& text) {
    std::vector<Message> messages = before;
    add_turn({text, std::nullopt, prefix, task_.contexts ? "" : task_.target_delimiter, ""}, messages);
    return render(std::move(messages), !prefix.empty());
  };
  if (task_.output != OutputType::kMultipleChoice) {
    const bool is_scored = task_.output == OutputType::kLogLikelihood;
    question.requests.push_back(
        {context(task_.doc_to_text.text_of(doc)), is_scored ? as_text(question.target) : std::string()});
    return question;
  }
  const bool bare = options_.chat_template != nullptr && (prefix.empty() || ends_with_space(prefix));
  const std::string delimiter = bare ? "" : task_.target_delimiter;
  if (task_.contexts) {
    const std::vector<std::string> texts = task_.contexts.list_of(doc);
    if (texts.size() != question.choices.size())
      fail("[eval] {}: {} contexts for {} choices in document {}", task_.name, texts.size(),
           question.choices.size(), doc_id);
    for (size_t i = 0; i < texts.size(); ++i)
      question.requests.push_back({context(texts[i]), delimiter + question.choices[i]});
    return question;
  }
  const std::string shared = context(task_.doc_to_text.text_of(doc));
  for (const std::string& choice : question.choices)
    question.requests.push_back({shared, delimiter + choice});
  return question;
}

}  // namespace radlads::eval
