// The parts of the page that compare the student with its teacher, in its order. Each is HTML, and empty if
// the run has nothing to show.
#pragma once

#include <string>

#include "report/run_report.h"

namespace radlads::report {

/// How close the student came to its teacher.
std::string key_figures(const RunReport& report);

/// State against cache, over the length of a sequence.
std::string memory_section(const RunReport& report);

/// Where it differs from its teacher: by layer and by position.
std::string comparison_section(const RunReport& report);

/// Time and memory of a token early and late in a sequence.
std::string decode_section(const RunReport& report);

}  // namespace radlads::report
