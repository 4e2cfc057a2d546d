// radlads bench MODEL: time and memory of one decoded token at several positions.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/units.h"
#include "eval/score.h"
#include "io/file.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model, json;
  std::vector<std::string> positions = {"1000", "10000", "100000"};
  ComputeOptions compute;
};

constexpr int64_t kFarthestPosition = 1 << 24;

void run(const Arguments& arguments) {
  if (!arguments.json.empty()) check_target(arguments.json);
  std::vector<int64_t> positions;
  for (const std::string& text : arguments.positions) {
    const auto position = parse_count(text);
    if (!position || *position > kFarthestPosition) {
      throw CLI::ValidationError(
          "--positions", fmt::format("{} is not a whole number from 0 to {}", text, kFarthestPosition));
    }
    positions.push_back(*position);
  }
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  fmt::print("{:>10} {:>12} {:>16}\n", "position", "ms/token", "bytes/sequence");
  for (const int64_t position : positions) {
    const eval::DecodeSpeed speed = eval::decode_speed(weights, position, arguments.compute.num_threads());
    fmt::print("{:>10} {:>12.4f} {:>16}\n", speed.position, speed.ms_per_token, speed.sequence_bytes);
    rows.push_back({{"position", speed.position},
                    {"ms_per_token", speed.ms_per_token},
                    {"sequence_bytes", speed.sequence_bytes}});
  }
  if (!arguments.json.empty()) write_result(rows.dump(2), arguments.json);
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "Time one decoded token at several positions");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "MODEL", arguments->model)->required();
  command->add_option("--positions", arguments->positions, "how many tokens come before the timed one")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--json", arguments->json, "file for the results");
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
