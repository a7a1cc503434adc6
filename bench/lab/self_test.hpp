// The lab checks its own checks: a check that cannot fail proves nothing.
#pragma once

namespace usher::lab {

// Prints what failed; returns how many expectations did.
int self_test();

}  // namespace usher::lab
