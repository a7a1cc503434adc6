// A run as a recorded history (docs/history_format.md), so that other checkers can judge it too.
#pragma once

#include <ostream>

#include "bench/lab/checker.hpp"

namespace usher::lab {

// Begins with the birth of each ticket that somebody called. Prices are in cents. A release is a
// `cancel` whose outcome is known: here the client's answer is that of the ticket itself. Aborted
// calls did nothing and are left out.
void write_trace(const Evidence& evidence, std::ostream& out);

}  // namespace usher::lab
