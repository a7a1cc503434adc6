#include "tests/consensus/weather.hpp"

#include <algorithm>
#include <queue>
#include <random>
#include <utility>

namespace usher::consensus::sim {
namespace {

using Ids = std::vector<ReplicaId>;

bool has(const Ids& ids, ReplicaId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

Ids all_of(const Members& members) {
  Ids ids = members.voters;
  ids.insert(ids.end(), members.learners.begin(), members.learners.end());
  return ids;
}

// Unit: microseconds.
constexpr u64 tick_us = 20'000;
constexpr u64 life_us = 8'000'000;  // trouble ends
constexpr u64 heal_us = 4'000'000;  // and all must end well
constexpr u64 rest_us = 1'000'000;
constexpr u64 second_us = 1'000'000;

struct Event {
  u64 at, nr;
  std::function<void()> run;
  bool operator<(const Event& other) const {
    return at != other.at ? at > other.at : nr > other.nr;
  }
};

// What a meta group would decide of a group's replicas.
struct Move {
  ReplicaId from = 0;    // 0: the group grows
  ReplicaId to = 0;      // 0: none is under way
  bool is_back = false;  // the node of `to` had one before
};

class Weather final : public Cluster {
 public:
  explicit Weather(Plan wanted) : Cluster(std::move(wanted)), random_(plan.seed) {}
  void run();

  void carry(const Packet& packet) override;
  void sync_begins(Node& node) override;

 private:
  u64 draw(u64 n) { return random_() % n; }
  Node& node(u64 nr) { return *nodes[static_cast<std::size_t>(nr)]; }
  [[nodiscard]] u64 voters_wanted() const { return plan.nodes >= 3 ? 3 : 1; }
  GroupNr any_group() { return static_cast<GroupNr>(draw(plan.groups)); }
  u64 any_node() { return 1 + draw(static_cast<u64>(plan.nodes)); }

  void in_us(u64 delay, std::function<void()> run);
  void in_its_life(Node& node, u64 delay, std::function<void()> run);
  void run_until(u64 end);
  void tick(Node& node, u64 pace);
  void start(Node& node);
  void crash(Node& node) { node.crash(draw(node.queue.size() + 1)); }

  void heal();
  void report(Node& node, const Packet& snapshot, bool has_arrived);

  Node* any_leader(GroupNr group);
  Node* newest_leader(GroupNr group);
  void propose(GroupNr group, std::size_t entries);
  void client();

  void order(ReplicaId replica, const std::function<void(Node&)>& what);
  void order_to_open(GroupNr group, ReplicaId replica);
  void change(Node& leader, GroupNr group, EntryKind kind, ReplicaId replica);
  void hand_over(Node& leader, GroupNr group, ReplicaId to);
  bool has_caught_up(Node& leader, GroupNr group, ReplicaId replica);
  ReplicaId lost_member(GroupNr group, const Members& members);
  void begin_move(Node& leader, GroupNr group);
  void go_on_with(Node& leader, GroupNr group);
  void place(GroupNr group);
  void placement();

  bool may_lose_disk(int nr);
  void trouble();
  void check_the_end();

  std::mt19937_64 random_;
  std::priority_queue<Event> events_;
  u64 events_made_ = 0;
  u64 payloads_ = 0;
  std::vector<u64> disk_until_;  // by node: it is slow, and what is to be synced waits
  std::set<std::pair<int, int>> cut_;
  std::vector<Move> moves_;
};

void Weather::in_us(u64 delay, std::function<void()> what) {
  events_.push({now + delay, events_made_++, std::move(what)});
}

void Weather::in_its_life(Node& one, u64 delay, std::function<void()> what) {
  in_us(delay, [&one, what = std::move(what), life = one.life] {
    if (one.is_up() && one.life == life) what();
  });
}

void Weather::run_until(u64 end) {
  while (!events_.empty() && events_.top().at <= end) {
    const Event event = events_.top();
    events_.pop();
    now = event.at;
    event.run();
    for (GroupNr group = 0; group < plan.groups; ++group) check_acknowledged(group);
  }
  now = end;
}

void Weather::tick(Node& one, u64 pace) {
  for (u64 times = draw(50) != 0 ? 1 : 2; times > 0; --times) one.tick();
  one.turn();
  in_its_life(one, pace, [this, &one, pace] { tick(one, pace); });
}

void Weather::start(Node& one) {
  one.start();
  // What meta has it apply again: placement of the past, up to the present one.
  for (const auto& [id, nr] : node_nr)
    if (nr == one.nr && draw(2) != 0)
      in_its_life(one, draw(500'000), [this, &one, id = id] { one.open(group_of[id], id); });
  const u64 pace = tick_us * (90 + draw(21)) / 100;
  in_its_life(one, draw(tick_us), [this, &one, pace] { tick(one, pace); });
}

// ---- links and disks

void Weather::heal() { cut_.clear(); }

void Weather::report(Node& one, const Packet& snapshot, bool has_arrived) {
  const auto& sender = one.replica[snapshot.group];
  if (is(Mutant::no_report) || !sender || sender->id != snapshot.sender) return;
  one.in.snapshot_result(snapshot.group, snapshot.addressee, has_arrived);
  one.turn();
}

void Weather::carry(const Packet& packet) {
  Node& from = node(static_cast<u64>(packet.from));
  const bool is_snapshot = packet.type == MessageType::snapshot;
  if (is_snapshot) count_one("snapshots sent");
  if (cut_.contains({packet.from, packet.to}) || (!plan.is_calm && draw(100) < 2)) {
    if (is_snapshot)
      in_its_life(from, 300'000, [this, &from, packet] { report(from, packet, false); });
    return;
  }
  const int copies = draw(50) != 0 || is_snapshot ? 1 : 2;
  for (int copy = 0; copy < copies; ++copy) {
    u64 delay = 200 + draw(3000);
    if (is_snapshot || draw(20) == 0) delay += 100'000;
    if (!plan.is_calm && draw(copy > 0 ? 2 : 100) == 0)
      delay += draw(is_snapshot ? second_us : 4 * second_us);
    in_us(delay, [this, packet, &from, life = from.life] {
      Node& to = node(static_cast<u64>(packet.to));
      const bool arrives = to.is_up() && !cut_.contains({packet.from, packet.to});
      if (packet.type == MessageType::snapshot && from.is_up() && from.life == life) {
        const auto& receiver = to.replica[packet.group];
        report(from, packet, arrives && receiver && receiver->id == packet.addressee);
      }
      if (arrives) to.arrive(packet);
    });
  }
}

void Weather::sync_begins(Node& one) {
  const u64 end = now + (draw(4) == 0 ? 20'000 : 1000) + draw(20'000);
  u64& slow = disk_until_[static_cast<std::size_t>(one.nr)];
  if (plan.syncs_are_slow && draw(100) == 0 && now < life_us && (!plan.is_calm || now > rest_us)) {
    slow = std::max(slow, now + 500'000 + draw(second_us));
    count_one("slow syncs");
  }
  in_its_life(one, std::max(end, slow) - now, [&one] { one.sync(); });
}

// ---- clients

Node* Weather::any_leader(GroupNr group) {  // deposed ones, too, that do not know it yet
  std::vector<Node*> leaders;
  for (const auto& one : nodes)
    if (one->leads(group)) leaders.push_back(one.get());
  return leaders.empty() ? nullptr : leaders[draw(leaders.size())];
}

Node* Weather::newest_leader(GroupNr group) {
  Node* newest = nullptr;
  for (const auto& one : nodes)
    if (one->leads(group) && (!newest || one->memory[group].term > newest->memory[group].term))
      newest = one.get();
  return newest;
}

void Weather::propose(GroupNr group, std::size_t entries) {
  Node* leader = any_leader(group);
  if (!leader) return;
  std::vector<u64> payloads;
  for (; entries > 0; --entries) payloads.push_back(++payloads_);
  leader->propose(group, std::move(payloads));
  leader->turn();
}

void Weather::client() {
  const GroupNr group = any_group();
  if (draw(4) != 0) {
    propose(group, 1 + draw(4));
  } else if (Node* leader = any_leader(group)) {
    leader->read(group);
    leader->turn();
  }
  if (now < life_us) in_us(draw(20'000), [this] { client(); });
}

// ---- placement: every step looks at what is, so it may be repeated

void Weather::order(ReplicaId replica, const std::function<void(Node&)>& what) {
  for (u64 times = draw(4) != 0 ? 1 : 2; times > 0; --times)
    in_us(draw(8) != 0 ? 1000 + draw(20'000) : draw(4 * second_us),
          [this, replica, what] { what(node_of(replica)); });
}

void Weather::order_to_open(GroupNr group, ReplicaId replica) {
  std::optional<Copy> copy;
  const Node& holder = node(any_node());
  if (const auto& there = holder.replica[group]; holder.is_up() && there && there->applied > 0)
    copy = Copy{{there->applied, holder.memory[group].term_at(there->applied), there->members},
                there->state};
  order(replica, [=](Node& one) { one.open(group, replica, copy); });
}

void Weather::change(Node& leader, GroupNr group, EntryKind kind, ReplicaId replica) {
  leader.change(group, kind, replica);
  leader.turn();
}

void Weather::hand_over(Node& leader, GroupNr group, ReplicaId to) {
  leader.in.hand_over(group, to);
  leader.turn();
  count_one("transfers asked");
}

bool Weather::has_caught_up(Node& leader, GroupNr group, ReplicaId replica) {
  leader.in.tell_progress(group);
  leader.turn();
  const auto& progress = leader.replica[group]->progress;
  const auto peer = progress.find(replica);
  return peer != progress.end() && peer->second.is_active &&
         peer->second.match + 20 >= leader.memory[group].last();
}

ReplicaId Weather::lost_member(GroupNr group, const Members& members) {
  for (const ReplicaId id : all_of(members))
    if (truth[group].lost.contains(id)) return id;
  return 0;
}

void Weather::begin_move(Node& leader, GroupNr group) {
  const Replica& leading = *leader.replica[group];
  const Ids members = all_of(leading.members);
  const ReplicaId lost = lost_member(group, leading.members);
  const ReplicaId one = lost != 0 ? lost : members[draw(members.size())];
  if (members.size() > voters_wanted()) {
    if (one != leading.id) change(leader, group, EntryKind::remove_member, one);
    return;
  }
  Node& target = node(any_node());
  if (!target.is_up() || target.memory[group].replica != 0 || target.disk[group].replica != 0)
    return;
  for (const ReplicaId id : all_of(truth[group].members))
    if (node_nr[id] == target.nr && !truth[group].lost.contains(id))
      return;  // that is to be opened there
  Move& move = moves_[group];
  move.from = members.size() < voters_wanted() ? 0 : one;
  ReplicaId before = 0;
  for (const auto& [id, nr] : node_nr)
    if (nr == target.nr && group_of[id] == group) before = id;
  move.is_back = before != 0;
  move.to = is(Mutant::reuse) && before != 0 ? before : new_replica(group, target.nr);
  truth[group].removed.erase(move.to);
  truth[group].lost.erase(move.to);
}

void Weather::go_on_with(Node& leader, GroupNr group) {
  Move& move = moves_[group];
  const Replica& leading = *leader.replica[group];
  const Members& members = leading.members;
  if (has(members.learners, move.to)) {
    if (has_caught_up(leader, group, move.to)) change(leader, group, EntryKind::add_voter, move.to);
  } else if (!has(members.voters, move.to)) {
    if (truth[group].removed.contains(move.to)) {
      count_one("moves given up");
      move = {};
      return;
    }
    change(leader, group, draw(10) != 0 ? EntryKind::add_learner : EntryKind::add_voter, move.to);
  } else if (move.from == leading.id) {
    hand_over(leader, group, draw(3) != 0 ? move.to : members.voters[draw(members.voters.size())]);
  } else if (members.contains(move.from)) {
    change(leader, group, EntryKind::remove_member, move.from);
  } else if (move.from == 0 || node_of(move.from).disk[group].replica != move.from) {
    count_one(move.from == 0 ? "replicas added" : move.is_back ? "moves back" : "moves");
    if (truth[group].lost.contains(move.from)) count_one("replicas replaced");
    move = {};
  }
}

void Weather::place(GroupNr group) {
  Move& move = moves_[group];
  Truth& t = truth[group];
  // With a leader or without: what it lacks may be a voter that is not open.
  Ids wanted = all_of(t.members);
  if (move.to != 0) wanted.push_back(move.to);
  for (const ReplicaId id : wanted)
    if (const auto& there = node_of(id).replica[group]; !there || there->id != id)
      if (is(Mutant::old_disk) || !t.lost.contains(id)) order_to_open(group, id);
  for (const auto& one : nodes)
    if (const auto& there = one->replica[group]; there && may_drop(group, there->id))
      order(there->id, [group, id = there->id](Node& at) { at.drop(group, id); });

  Node* leader = newest_leader(group);
  if (!leader) return;
  const Members& members = leader->replica[group]->members;
  if (t.lost.contains(move.to)) {
    count_one("moves given up");
    move = {};
  }
  const ReplicaId lost = lost_member(group, members);
  if (lost != 0 && move.to != 0) move.from = lost;  // goes first, whoever was to go
  if (lost != 0 && (has(members.learners, lost) || members.voters.size() > voters_wanted())) {
    change(*leader, group, EntryKind::remove_member, lost);
  } else if (move.to != 0) {
    go_on_with(*leader, group);
  } else if (lost != 0 || (now < life_us && draw(2) != 0 &&
                           (!plan.is_calm || all_of(members).size() < voters_wanted()))) {
    begin_move(*leader, group);
  }
}

void Weather::placement() {
  for (GroupNr group = 0; group < plan.groups; ++group) place(group);
  if (now < life_us + heal_us) in_us(20'000 + draw(60'000), [this] { placement(); });
}

// ---- trouble

// What raft bears: three voters at least, all there, no change under way that makes them fewer; and
// as each of the others knows the members, a majority is left. (A replica that was removed votes
// until all know it.)
bool Weather::may_lose_disk(int nr) {
  for (GroupNr group = 0; group < plan.groups; ++group) {
    const Truth& t = truth[group];
    if (t.members.voters.size() < voters_wanted() || voters_wanted() < 3 ||
        lost_member(group, t.members) != 0)
      return false;
    const auto is_left = [&](ReplicaId id) {
      return node_nr.at(id) != nr && !t.lost.contains(id) &&
             (t.removed.contains(id) || node_of(id).disk[group].replica == id);
    };
    for (const ReplicaId id : t.members.voters) {
      if (node_nr.at(id) == nr) continue;
      const Stored& stored = node_of(id).disk[group];
      const Ids known = stored.members_at(stored.commit).voters;
      const auto left =
          static_cast<std::size_t>(std::count_if(known.begin(), known.end(), is_left));
      if (!is_left(id) || left < known.size() / 2 + 1) return false;
    }
    for (const auto& one : nodes)
      for (const Stored* stored : {&one->disk[group], &one->memory[group]})
        for (Index i = std::max<Index>(stored->base.base.index, t.applied.size()) + 1;
             i <= stored->last(); ++i)
          if (is_change(stored->at(i).kind)) return false;
  }
  return true;
}

void Weather::trouble() {
  if (now >= life_us) return;
  const GroupNr group = any_group();
  int a = static_cast<int>(any_node());
  const int b = static_cast<int>(any_node());
  Node& one = node(static_cast<u64>(a));
  Node* leader = any_leader(group);
  switch (draw(12)) {
    case 0:
      cut_.insert({a, b});
      break;
    case 1:
      if (leader && draw(2) != 0) a = leader->nr;
      for (int i = 1; i <= plan.nodes; ++i)
        if (i != a) {
          cut_.insert({a, i});
          cut_.insert({i, a});
        }
      count_one("partitions");
      break;
    case 2:
    case 3:
      heal();
      break;
    case 4:
      if (one.is_up()) crash(one);
      break;
    case 5:
    case 6:
      if (!one.is_up()) {
        start(one);
      } else if (draw(2) != 0) {
        crash(one);
        start(one);
      }
      break;
    case 7:
      if (leader && one.replica[group]) hand_over(*leader, group, one.replica[group]->id);
      break;
    case 8:  // a member more or less, whatever placement is about to do
      if (leader && one.replica[group] &&
          leader->replica[group]->members.contains(one.replica[group]->id) &&
          lost_member(group, truth[group].members) == 0)
        change(*leader, group, draw(2) != 0 ? EntryKind::remove_member : EntryKind::add_voter,
               one.replica[group]->id);
      break;
    case 9:
    case 10:
      if (plan.trims && one.is_up() && one.replica[group] && one.replica[group]->applied > 20)
        one.forget(group, one.replica[group]->applied - draw(20));
      break;
    default:
      if (draw(2) != 0 && may_lose_disk(a)) one.lose_disk();
      break;
  }
  in_us(20'000 + draw(200'000), [this] { trouble(); });
}

void Weather::run() {
  const bool is_cluster = plan.nodes >= 3;
  const std::vector<int> first_voters = is_cluster ? std::vector{3, 1} : std::vector{1, 1};
  disk_until_.assign(nodes.size(), 0);
  moves_.resize(plan.groups);
  for (GroupNr group = 0; group < plan.groups; ++group)
    found(group, first_voters[(plan.seed + group) % 2]);
  for (int nr = 1; nr <= plan.nodes; ++nr) start(node(static_cast<u64>(nr)));
  in_us(1000, [this] { client(); });
  if (is_cluster) in_us(500'000, [this] { placement(); });
  if (!plan.is_calm) in_us(500'000, [this] { trouble(); });
  if (plan.syncs_are_slow && !plan.is_calm) plan.patience = 20 + draw(200);
  run_until(life_us);
  heal();
  for (int nr = 1; nr <= plan.nodes; ++nr)
    if (Node& one = node(static_cast<u64>(nr)); !one.is_up()) start(one);
  run_until(life_us + heal_us);
  for (GroupNr group = 0; group < plan.groups; ++group) {
    if (moves_[group].to != 0)
      fail("a move has not ended", group, moves_[group].from, moves_[group].to);
    propose(group, 1);
  }
  run_until(life_us + heal_us + rest_us);
  check_the_end();
  count_one("events", events_made_);
}

void Weather::check_the_end() {
  for (GroupNr group = 0; group < plan.groups; ++group) {
    if (plan.is_calm && !is(Mutant::silent) && truth[group].leader.size() != 1)
      fail("a leader was deposed", group);
    Node* leader = newest_leader(group);
    if (!leader) fail("no leader at the end", group);
    const Stored& stored = leader->memory[group];
    const Replica& leading = *leader->replica[group];
    const Index last = stored.last();
    if (stored.log.empty() || stored.term_at(last) != stored.term || leading.applied != last)
      fail("not committed at the end", group, leading.applied, last);
    if (last < truth[group].high) fail("an acknowledged entry is lost", group);
    for (const auto& one : nodes)
      if (const auto& there = one->replica[group]; there && !leading.members.contains(there->id))
        fail("no member, but open at the end", group, there->id);
    for (const ReplicaId id : all_of(leading.members)) {
      const auto& member = node_of(id).replica[group];
      if (!member || member->id != id || member->applied != last || member->state != leading.state)
        fail("a member is behind at the end", group, id, member ? member->applied : 0);
    }
  }
}

}  // namespace

Outcome run_seed(const Plan& plan) {
  Outcome outcome;
  Weather weather{plan};
  try {
    weather.run();
  } catch (const Finding& finding) {
    outcome.finding = finding.what();
  }
  outcome.trace = weather.trace;
  outcome.counts = weather.count;
  return outcome;
}

}  // namespace usher::consensus::sim
