#include "core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace radlads {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto result =
        std::make_shared<spdlog::logger>("radlads", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    result->set_pattern("%v");
    return result;
  }();
  return *instance;
}

}  // namespace

void log_info(std::string_view message) { logger().info(message); }

void log_warning(std::string_view message) { logger().warn("warning: {}", message); }

}  // namespace radlads
