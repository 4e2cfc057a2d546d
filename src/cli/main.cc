// radlads: turns softmax transformers into linear-attention RNNs, and runs both.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "cli/examples.h"
#include "cli/recipe_arguments.h"
#include "core/crowd_watch.h"
#include "core/error.h"
#include "core/shell.h"

namespace {

/// The command line as the user typed it, ready to be pasted.
std::string command_line(int argc, char** argv) {
  std::string text = "radlads";
  for (int i = 1; i < argc; ++i) text += " " + radlads::shell_quoted(argv[i]);
  return text;
}

/// CLI11's own words, except where these would not help.
std::string reason(const CLI::App& app, const CLI::ParseError& error) {
  const std::string text = error.what(), option = text.substr(0, text.find(':'));
  const std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)  // lists them backwards
    return fmt::format("unexpected arguments: {}", fmt::join(rest, " "));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    if (text.find("At Most 1 required") != std::string::npos) return option + " is given twice";
    if (text.ends_with("missing")) return option + " needs a value";
  }
  const bool has_no_command =
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && app.get_subcommands().empty();
  if (has_no_command && !rest.empty()) return "unknown option " + rest.front();
  return text;
}

int run(int argc, char** argv) {
  namespace cli = radlads::cli;
  CLI::App app(
      "Turns softmax transformers into linear-attention RNNs with the RADLADS protocol, and runs both.",
      "radlads");
  app.set_version_flag("--version", "radlads " RADLADS_VERSION);
  app.require_subcommand(1);
  cli::Invocation invocation = {command_line(argc, argv), {}};
  cli::add_training_commands(app, invocation);
  cli::add_ablate(app, invocation);
  cli::add_generate(app);
  cli::add_perplexity(app);
  cli::add_compare(app);
  cli::add_import(app);
  cli::add_info(app);
  cli::add_tokenize(app);
  cli::add_logits(app);
  cli::add_bench(app);
  cli::add_eval(app, invocation);
  cli::add_examples(app);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (argc > 1 && argv[1][0] != '-') {
    const auto named =
        app.get_subcommands([&](const CLI::App* command) { return command->check_name(argv[1]); });
    if (named.empty()) {
      fmt::print(stderr, "radlads: there is no command {} (see radlads --help)\n", argv[1]);
      return 2;
    }
    arguments = cli::with_values_of_switches(*named.front(), {argv + 1, argv + argc});
  }
  std::ranges::reverse(arguments);  // the order that the parser expects
  const radlads::CrowdWatch crowd_watch;
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto commands = app.get_subcommands();
    fmt::print(stderr, "radlads: {} (see radlads {}--help)\n", reason(app, error),
               commands.empty() ? "" : commands.front()->get_name() + " ");
    return 2;
  }
  return invocation.status.value;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int status = run(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    fmt::print(stderr, "radlads: cannot write to standard output: {}\n", std::strerror(errno));
  } catch (const std::filesystem::filesystem_error& error) {
    fmt::print(stderr, "radlads: {}: {}\n", error.path1().string(), error.code().message());
  } catch (const std::system_error& error) {
    fmt::print(stderr, "radlads: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "radlads: out of memory: these sizes do not fit\n");
  } catch (const radlads::UserError& error) {
    fmt::print(stderr, "radlads: {}\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "radlads: internal error: {}\n", error.what());
  }
  return 1;
}
