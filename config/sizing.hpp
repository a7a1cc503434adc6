// What the settings leave open ("0: by the machine"), and what they ask for beyond what the process
// may have: decided once, by the limits of open files and of memory.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.hpp"
#include "config/machine.hpp"

namespace usher {

// How the open files are shared out, so that strangers' connections never take what the store needs
// to go on: without a descriptor for its next log a node can't acknowledge anything.
struct OpenFiles {
  std::size_t tables = 0;       // that the store keeps open
  std::size_t connections = 0;  // at most this many
};

struct Sized {
  Config config;  // nothing in it is left open any more
  OpenFiles files;
  std::vector<std::string> remarks;  // for the log: what is less than one might expect, and why
};

// Fails, in words, where a node could not work.
[[nodiscard]] tl::expected<Sized, std::string> size_to(Config config, const Machine& machine);

}  // namespace usher
