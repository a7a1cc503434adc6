// The command line of usher: which commands there are, what they take, and what is wrong with what
// somebody wrote. The help, the completion of shells and the tests all read this one description.
#pragma once

namespace usher::cli {

// Does what the arguments say and gives the exit status (cli/commands.hpp).
[[nodiscard]] int run(int argc, char** argv);

}  // namespace usher::cli
