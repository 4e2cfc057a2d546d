// The parts of a comparison on a terminal that a run's summary also shows.
#pragma once

#include <string>

#include "report/run_report.h"
#include "report/text_table.h"

namespace radlads::report {

/// Rows of four cells: name, teacher, student, difference.
void add_comparison(const ComparisonReport& comparison, TextRows& rows);

std::string divergence_line(const ComparisonReport& comparison);

}  // namespace radlads::report
