#include "eval/task_group.h"

#include <algorithm>

#include "eval/task_keys.h"

namespace radlads::eval {
namespace {

GroupMetric parse_metric(const Json& yaml, const std::string& group, const std::filesystem::path& file) {
  TaskKeys keys(yaml, group + ", aggregate_metric_list", file);
  GroupMetric metric;
  metric.metric = keys.text("metric");
  if (metric.metric.empty()) keys.fail("metric is missing");
  metric.filters = keys.texts("filter_list");
  metric.weight_by_size = keys.flag("weight_by_size", true);
  if (const std::string aggregation = keys.text("aggregation", "mean"); aggregation != "mean")
    keys.fail("the aggregation {:?} is not supported; use mean", aggregation);
  keys.finish();
  return metric;
}

}  // namespace

bool is_group_key(std::string_view key) {
  constexpr std::string_view kKeys[] = {"group",    "group_alias", "task",   "aggregate_metric_list",
                                        "metadata", "tag",         "include"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

TaskGroup parse_group(const Json& yaml, const std::string& name, const std::filesystem::path& file) {
  TaskKeys keys(yaml, name, file);
  TaskGroup group;
  group.name = name;
  group.alias = keys.text("group_alias", name);
  const Json& metadata = keys.take("metadata");
  if (metadata.is_object()) group.version = metadata.value("version", Json());
  const Json& metrics = keys.take("aggregate_metric_list");
  if (metrics.is_object())
    group.metrics.push_back(parse_metric(metrics, name, file));
  else if (!metrics.is_null() && !metrics.is_array())
    keys.fail("aggregate_metric_list must be a list");
  if (metrics.is_array()) {
    for (const Json& metric : metrics) group.metrics.push_back(parse_metric(metric, name, file));
  }
  return group;
}

}  // namespace radlads::eval
