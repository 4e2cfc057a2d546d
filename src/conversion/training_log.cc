#include "conversion/training_log.h"

#include <algorithm>
#include <fstream>
#include <numeric>

#include <nlohmann/json.hpp>

#include "core/log.h"

namespace radlads {
namespace {

constexpr size_t kLastUpdates = 20;  // whose mean is a step's last loss

void finish(StepReport& step) {
  const size_t count = std::min(kLastUpdates, step.loss.size());
  step.first_loss = step.loss.front();
  step.last_loss = std::accumulate(step.loss.end() - static_cast<ptrdiff_t>(count), step.loss.end(), 0.0) /
                   static_cast<double>(count);
}

}  // namespace

std::vector<StepReport> read_training_log(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<StepReport> steps;
  std::string line;
  double tokens_before = 0;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    try {
      const auto json = nlohmann::json::parse(line);
      const std::string name = json.at("step");
      if (steps.empty() || steps.back().name != name) {
        steps.push_back({.name = name, .unit = name == "align" ? "distance" : "nats/token"});
        tokens_before = 0;
      }
      StepReport& step = steps.back();
      step.tokens.push_back(json.at("tokens"));
      step.loss.push_back(json.at("loss"));
      step.seconds += (step.tokens.back() - tokens_before) / json.at("tokens_per_second").get<double>();
      tokens_before = step.tokens.back();
    } catch (const nlohmann::json::exception&) {
      warn("line {} of {} is damaged: the report's curves go without it", number, file.string());
    }
  }
  for (StepReport& step : steps) finish(step);
  return steps;
}

}  // namespace radlads
