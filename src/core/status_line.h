// The line at the bottom of the terminal that shows the progress of some work, redrawn in place.
// Whatever else is written to standard error in the meantime goes above it, so that the two do not mix. There
// is one terminal, hence one such line for the process; all functions may be called from any thread.
#pragma once

#include <string_view>

namespace radlads {

/// Draws `text` in place of what was drawn before, cut to the width of the terminal. Standard error must be
/// one.
void draw_status(std::string_view text);

/// Leaves what was drawn last where it is, and goes to the next line.
void end_status();

/// Writes whole lines to standard error, above the status line if there is one.
void write_above_status(std::string_view lines);

}  // namespace radlads
