// Makes the core that a node needs. Nobody else knows which one runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "consensus/consensus_core.hpp"

namespace usher::consensus {

enum class CoreKind : std::uint8_t {
  // For groups that have one member for as long as this core lives (is_alone): what is synced is
  // committed. Loads nothing, starts no thread.
  alone,
  // etcd/raft. Loads a library with a runtime of its own, for the rest of the process's life: some
  // 4 MB and 4 threads, which inherit the scheduling of the thread that calls. A process that has
  // loaded it must not fork without exec.
  cluster,
};

// Where the library of CoreKind::cluster is looked for when no path is given: beside the program,
// then in ../lib/usher from there. Empty: it is in neither place.
[[nodiscard]] std::filesystem::path raft_library();

// A core without a group. The error is a sentence: a configuration that can't be (also for the core
// that would not look at it), or a library that is not there or can't be loaded. `library` only
// counts for CoreKind::cluster; empty: raft_library().
[[nodiscard]] tl::expected<std::unique_ptr<ConsensusCore>, std::string> make_core(
    CoreKind kind, CoreConfig config, const std::filesystem::path& library = {});

}  // namespace usher::consensus
