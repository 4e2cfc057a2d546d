// An evaluation as reports show it. Names, date and command are the caller's.
#pragma once

#include "eval/against.h"
#include "report/evaluation_report.h"

namespace radlads {

/// Of a model alone.
EvaluationReport evaluation_report(const eval::EvalResult& result);

/// Of both on the same tasks, and what compare_results gave for them.
EvaluationReport evaluation_report(const eval::EvalResult& student, const eval::EvalResult& teacher,
                                   const eval::TaskComparison& comparison);

}  // namespace radlads
