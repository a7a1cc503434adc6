// Nodes with a consensus core each, their disks, and what must be true of them at every step. Who
// carries messages and when a sync ends is a subclass's: random in weather.hpp, by hand in
// stage.hpp. Everything is of one object, so several may run at once.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/factory.hpp"
#include "tests/consensus/model.hpp"
#include "tests/consensus/mutants.hpp"

namespace usher::consensus::sim {

class Node;

// Sees what reaches the disks. For tests that keep a second disk beside the toy.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void written(const Node& node, const Batch& batch) = 0;  // it is on `disk` now
  virtual void started(const Node& node) = 0;                      // from `disk`
  virtual void lost_disk(const Node& node) = 0;
};

struct Plan {
  u64 seed = 1;
  int nodes = 5;
  GroupNr groups = 2;
  CoreKind kind = CoreKind::cluster;
  std::filesystem::path library{};
  std::uint32_t election_ticks = 10;
  u64 patience = 150;  // ticks that a leader's sync may last until it falls silent
  Mutant mutant = Mutant::none;
  // Of the weather.
  bool trims = true;
  bool syncs_are_slow = false;  // 0.5 to 1.5 s now and then
  bool is_calm = false;         // nothing else happens: nobody may be deposed
  Observer* observer = nullptr;
};

// A check has failed.
struct Finding : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Counts = std::map<std::string_view, u64>;  // by what, a literal

class Cluster;

struct Replica {  // that a node's core has open
  ReplicaId id = 0;
  Index applied = 0;
  u64 state = state_of_nothing;
  Members members, members_before;  // at `applied`, and before the last change
  bool leads = false;
  bool waits = false;                            // for a sync
  u64 waited = 0;                                // ticks
  std::map<std::pair<Index, Term>, Entry> held;  // payloads, until a ready names them
  std::map<std::pair<Index, Term>, u64> asked;   // payloads proposed here
  std::deque<std::vector<u64>> proposals;        // not answered yet; empty: a change
  std::map<Index, u64> staged;                   // states that arrived for snapshots
  std::map<Ticket, Index> reads;                 // the last index acknowledged before it was asked
  std::map<ReplicaId, Progress::Peer> progress;
};

// Does what docs/consensus.md asks of a caller.
class Node {
 public:
  Node(Cluster& cluster, int nr);

  void start();
  void crash(std::size_t batches_kept);  // the first of those that wait for their sync
  void lose_disk();
  void turn();
  void tick();  // into the next turn
  void sync();  // the first batch that waits has reached the disk
  void arrive(const Packet& packet);
  // As told by whoever places replicas: late, repeated, out of order. With nothing, or with a copy.
  void open(GroupNr group, ReplicaId id, const std::optional<Copy>& copy = {});
  void drop(GroupNr group, ReplicaId id);
  void forget(GroupNr group, Index index);
  // Into the next turn.
  void propose(GroupNr group, std::vector<u64> payloads);
  void change(GroupNr group, EntryKind kind, ReplicaId replica);
  void read(GroupNr group);

  [[nodiscard]] bool is_up() const { return core_ != nullptr; }
  [[nodiscard]] bool leads(GroupNr group) const {
    return is_up() && replica[group] && replica[group]->leads;
  }

  int nr;
  u64 life = 0;
  std::vector<Stored> disk, memory;  // by group: what is synced, what is written
  std::vector<std::optional<Replica>> replica;
  std::deque<Batch> queue;
  Operations in;  // of the next turn

 private:
  void put_open(GroupNr group);
  void enqueue(Batch batch);
  void write(const Batch& batch);
  void take(const Ready& ready, Batch& batch);
  void take(const Answer& answer);
  void take(const Progress& progress);
  void take(const Meanwhile& meanwhile);
  void lead(GroupNr group, bool leads);
  void take_reads(GroupNr group, const std::vector<ReadIndex>& reads);
  bool complete(Packet& packet, const Message& message);
  void advance_to(GroupNr group, Index index);

  Cluster& cluster_;
  std::unique_ptr<ConsensusCore> core_;
  Ticket tickets_ = 0;
  Operations turning_;
  Message message_;
};

// What is true of a group, whoever says so.
struct Truth {
  std::vector<Entry> applied;                    // by anybody, from index 1 on
  std::vector<u64> state;                        // after each of them
  Members members;                               // after the last of them
  std::map<ReplicaId, Index> removed;            // that are no members any more, since which index
  std::set<ReplicaId> lost;                      // with their node's disk
  std::map<std::pair<Index, Term>, u64> prefix;  // hash of the log up to there, in any log
  std::map<Term, ReplicaId> leader;              // of a term
  std::map<Term, Index> acknowledged;            // by its leader, the last
  Index high = 0;                                // the last that was acknowledged
  [[nodiscard]] const Entry& at(Index i) const { return applied.at(i - 1); }
};

class Cluster {
 public:
  explicit Cluster(Plan plan);
  virtual ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  virtual void carry(const Packet& packet) = 0;  // a message has left its node
  virtual void sync_begins(Node& node) = 0;      // end it with node.sync()

  // The first voters of a group, on nodes 1 to `voters`: their additions are committed before
  // anybody starts.
  void found(GroupNr group, int voters);
  ReplicaId new_replica(GroupNr group, int node);
  [[nodiscard]] Node& node_of(ReplicaId id) {
    return *nodes[static_cast<std::size_t>(node_nr.at(id))];
  }

  [[noreturn]] void fail(std::string what, u64 a = 0, u64 b = 0, u64 c = 0) const;
  void count_one(std::string_view what, u64 times = 1) { count[what] += times; }
  [[nodiscard]] bool is(Mutant mutant) const { return plan.mutant == mutant; }

  // Checks.
  void note_leader(GroupNr group, Term term, ReplicaId replica);
  void note_log(GroupNr group, const Stored& stored, Index first);
  void note_applied(GroupNr group, Index index, const Entry& entry, u64 state);
  void note_acknowledged(GroupNr group, Index index, Term term, const Members& members,
                         const Members& before);
  void check_acknowledged(GroupNr group);
  void check_new_leader(GroupNr group, const Stored& stored);
  void leave(const Packet& packet);
  [[nodiscard]] bool may_drop(GroupNr group, ReplicaId id);

  Plan plan;
  u64 now = 0;  // unit: the subclass's
  u64 trace;    // of all that the cores have said
  Counts count;
  std::vector<std::unique_ptr<Node>> nodes;  // by number; the first is none
  std::vector<Truth> truth;
  std::map<ReplicaId, int> node_nr;
  std::map<ReplicaId, GroupNr> group_of;
  std::map<ReplicaId, Stored> dropped;
  ReplicaId last_replica = 0;  // ids are given out once
};

}  // namespace usher::consensus::sim
