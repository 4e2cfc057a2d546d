#include "conversion/training_log.h"

#include <algorithm>
#include <fstream>
#include <numeric>

#include "core/log.h"
#include "io/json.h"
#include "io/json_field.h"

namespace radlads {
namespace {

constexpr size_t kLastUpdates = 20;  // averaged for a step's last loss

void finish(StepReport& step) {
  const size_t count = std::min(kLastUpdates, step.loss.size());
  step.first_loss = step.loss.front();
  step.last_loss = std::accumulate(step.loss.end() - static_cast<ptrdiff_t>(count), step.loss.end(), 0.0) /
                   static_cast<double>(count);
}

/// What a line of the log says.
struct Update {
  std::string step;
  double tokens, loss, tokens_per_second;
};

Update read_update(const std::string& line, int64_t number, const std::filesystem::path& file) {
  constexpr std::string_view kOperation = "read_log";
  const std::string place = fmt::format("line {} of {}", number, file.string());
  const auto json = parse_json(line, fmt::format("[{}] line {}", kOperation, number), file);
  const JsonField root(json, kOperation, place);
  return {root.at("step").as_string(), root.at("tokens").as_number(), root.at("loss").as_number(),
          root.at("tokens_per_second").as_number()};
}

}  // namespace

std::vector<StepReport> read_training_log(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<StepReport> steps;
  std::string line;
  double tokens_before = 0;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    try {
      const Update update = read_update(line, number, file);
      if (steps.empty() || steps.back().name != update.step) {
        steps.push_back({.name = update.step, .unit = update.step == "align" ? "distance" : "nats/token"});
        tokens_before = 0;
      }
      StepReport& step = steps.back();
      step.tokens.push_back(update.tokens);
      step.loss.push_back(update.loss);
      step.seconds += (update.tokens - tokens_before) / update.tokens_per_second;
      tokens_before = update.tokens;
    } catch (const UserError& error) {
      warn("{}; that line is left out of the report's curves", error.what());
    }
  }
  for (StepReport& step : steps) finish(step);
  return steps;
}

}  // namespace radlads
