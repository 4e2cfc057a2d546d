// The parts of a comparison on a terminal that the summary of a run shows too.
#pragma once

#include <string>

#include "report/run_report.h"
#include "report/text_table.h"

namespace radlads::report {

/// Rows of four cells: what, the teacher's, the student's, what is between them.
void add_comparison(const ComparisonReport& comparison, TextRows& rows);

std::string divergence_line(const ComparisonReport& comparison);

}  // namespace radlads::report
