// given_group(...).when(...) : one group of one member on either core, whose caller is the test.
// Results are read into plain values, as those of a core are gone at its next turn.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "consensus/factory.hpp"

namespace usher::consensus::test {

struct Failed : std::runtime_error {  // what CoreConfig::on_failure was told
  using std::runtime_error::runtime_error;
};

struct Turned {
  std::vector<Ready> readies;  // without mails' bytes
  std::vector<Answer> answers;
  std::vector<Progress> progress;
  std::vector<Meanwhile> meanwhile;

  void operator()(const Ready& ready) { readies.push_back(ready); }
  void operator()(const Answer& answer) { answers.push_back(answer); }
  void operator()(const Progress& one) { progress.push_back(one); }
  void operator()(const Meanwhile& one) { meanwhile.push_back(one); }
  [[nodiscard]] bool is_silent() const {
    return readies.empty() && answers.empty() && progress.empty() && meanwhile.empty();
  }
};

inline constexpr ReplicaId only = 7;

// A group of one member as it is founded: its addition is the log's first entry, and committed.
inline Opening founded(ReplicaId replica = only) {
  Opening opening{.replica = replica, .term = 1, .vote = 0, .commit = 1, .base = {}, .log = {}};
  opening.log.append(1, 1, EntryKind::add_voter, replica);
  return opening;
}

class GivenCore {
 public:
  explicit GivenCore(CoreKind kind, const std::filesystem::path& library = {}) {
    CoreConfig config;
    config.on_failure = [](std::string_view why) { throw Failed{std::string{why}}; };
    auto core = make_core(kind, config, library);
    REQUIRE_MESSAGE(core, core.error());
    core_ = std::move(*core);
  }
  template <class... Operation>
  Turned when(Operation&&... operation) {
    Operations operations;
    (operation(operations), ...);
    Turned turned;
    core_->turn(operations).for_each(turned);
    return turned;
  }
  // Opened and elected, with its term synced.
  Turned lead(GroupNr group, const Opening& opening) {
    Turned turned = when([&](Operations& in) { in.open(group, opening); },
                         [&](Operations& in) { in.campaign(group); });
    // Raft stores its vote before it counts it.
    for (int syncs = 0; syncs < 3 && !turned.readies.empty() && turned.readies.back().needs_sync;
         ++syncs) {
      const bool leads = turned.readies.back().leads;
      Turned next = when([&](Operations& in) { in.synced(group); });
      if (leads) return turned;
      turned = std::move(next);
    }
    FAIL("does not lead");
    return turned;
  }

 private:
  std::unique_ptr<ConsensusCore> core_;
};

}  // namespace usher::consensus::test
