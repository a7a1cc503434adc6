// The loader checks itself: numbers that nobody has checked are worth nothing.
#pragma once

namespace usher::bench {

// Prints what failed; returns how many checks did.
int self_test();

}  // namespace usher::bench
