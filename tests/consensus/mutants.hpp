// What a caller could forget, one at a time, and what the core itself could: each must be caught by
// a scene or by a seed (mutants_test.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace usher::consensus::sim {

enum class Mutant {
  none,
  no_report,      // a snapshot that failed is not reported
  reuse,          // a replica that comes back to a node takes its old id, tombstone or not
  no_tombstone,   // a drop deletes, and writes no tombstone
  early_drop,     // a replica is dropped before all voters know that its removal is committed
  old_disk,       // whose disk is lost comes back under its old ids
  no_vote,        // a vote is not stored
  early_open,     // a group is opened with a copy that is not synced
  late_commit,    // commit is stored only when term or vote is new
  early_ack,      // an append is acknowledged before it and its term are synced
  early_synced,   // what is still to be synced is called synced
  early_apply,    // what is committed with a sync is applied before it
  unsynced_term,  // a leader's appends and heartbeats leave before its term is synced
  end_members,    // the membership at a start is that of the log's end, not of what is committed
  silent,         // nothing leaves while a sync runs
  early_term,     // heartbeats and their answers leave before their term is synced
};
inline constexpr std::array mutant_names = {
    std::pair{Mutant::no_report, std::string_view{"no_report"}},
    std::pair{Mutant::reuse, std::string_view{"reuse"}},
    std::pair{Mutant::no_tombstone, std::string_view{"no_tombstone"}},
    std::pair{Mutant::early_drop, std::string_view{"early_drop"}},
    std::pair{Mutant::old_disk, std::string_view{"old_disk"}},
    std::pair{Mutant::no_vote, std::string_view{"no_vote"}},
    std::pair{Mutant::early_open, std::string_view{"early_open"}},
    std::pair{Mutant::late_commit, std::string_view{"late_commit"}},
    std::pair{Mutant::early_ack, std::string_view{"early_ack"}},
    std::pair{Mutant::early_synced, std::string_view{"early_synced"}},
    std::pair{Mutant::early_apply, std::string_view{"early_apply"}},
    std::pair{Mutant::unsynced_term, std::string_view{"unsynced_term"}},
    std::pair{Mutant::end_members, std::string_view{"end_members"}},
    std::pair{Mutant::silent, std::string_view{"silent"}},
    std::pair{Mutant::early_term, std::string_view{"early_term"}},
};

// Numbers as in consensus/raft/mutants.go.
enum class CoreMutant : std::int32_t {
  none,
  early_term,
  early_commit,
  early_append,
  entries_again,
  candidate_without_snapshot,
  longest_log,
  read_anywhere,
};
inline constexpr std::array core_mutant_names = {
    std::pair{CoreMutant::early_term, std::string_view{"early_term"}},
    std::pair{CoreMutant::early_commit, std::string_view{"early_commit"}},
    std::pair{CoreMutant::early_append, std::string_view{"early_append"}},
    std::pair{CoreMutant::entries_again, std::string_view{"entries_again"}},
    std::pair{CoreMutant::candidate_without_snapshot,
              std::string_view{"candidate_without_snapshot"}},
    std::pair{CoreMutant::longest_log, std::string_view{"longest_log"}},
    std::pair{CoreMutant::read_anywhere, std::string_view{"read_anywhere"}},
};

}  // namespace usher::consensus::sim
