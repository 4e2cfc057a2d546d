// A comparison as reports show it.
#pragma once

#include <string>

#include "eval/score.h"
#include "report/run_report.h"

namespace radlads {

/// `text` says what was read.
ComparisonReport comparison_report(const Comparison& comparison, std::string text);

}  // namespace radlads
