#include "consensus/solo.hpp"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "consensus/bytes.hpp"

namespace usher::consensus {

struct Solo::Group {
  GroupNr nr;
  ReplicaId replica;
  Term term;    // that it leads, or the last one's
  Index last;   // of the log, with what the caller has yet to write
  Index given;  // to the caller, to write
  Index synced;
  bool leads = false;
  bool term_is_new = false;  // and not given to the caller yet
  bool is_out = false;       // a Ready that waits for its sync
  bool is_touched = false;
  std::vector<Ticket> reads;
};

namespace {

// Ready, mails and snapshots of nobody: what a core without peers says of them.
constexpr std::uint8_t no_install = 0;
constexpr std::uint32_t no_mail = 0;
constexpr std::uint8_t state_replicated_to = 1;

void begin(std::string& out, ResultKind kind, GroupNr group) {
  put(out, kind);
  put(out, group);
}

}  // namespace

Solo::Solo(std::function<void(std::string_view)> on_failure) : on_failure_(std::move(on_failure)) {}

Solo::~Solo() = default;

Results Solo::turn(const Operations& operations) {
  out_.clear();
  work_off(operations.bytes());
  for (const GroupNr nr : touched_)
    if (Group* group = find(nr)) {
      group->is_touched = false;
      tell(*group);
    }
  touched_.clear();
  return Results{out_};
}

void Solo::work_off(std::string_view operations) {
  ByteReader in{operations};
  while (!in.at_end()) {
    const auto operation = in.get<Operation>();
    const auto nr = in.get<GroupNr>();
    if (operation == Operation::tick && nr == every_group) {
      for (auto& group : groups_)
        if (group) lead(*group);
      continue;
    }
    if (operation == Operation::open) {
      open(nr, in);
      continue;
    }
    if (operation == Operation::message) {
      // From before this replica was alone, or a mistake: there is nobody to talk to.
      in.skip_message();
      continue;
    }
    Group* group = find(nr);
    if (!group)
      fail("operation " + std::to_string(static_cast<int>(operation)) + " on group " +
           std::to_string(nr) + ", which is not open");
    switch (operation) {
      case Operation::tick:
      case Operation::campaign:
        lead(*group);
        break;
      case Operation::propose: {
        const auto count = in.get<std::uint32_t>();
        const bool is_taken = group->leads && count > 0;
        answer(*group, is_taken, group->last + 1);
        if (is_taken) group->last += count;
        touch(*group);
        break;
      }
      case Operation::change:  // who wants members changes to the other core first
        in.get<EntryKind>();
        in.get<ReplicaId>();
        answer(*group, false, 0);
        break;
      case Operation::synced:
        if (!group->is_out) fail("group " + std::to_string(nr) + ": synced, but no ready is out");
        group->is_out = false;
        group->synced = group->given;
        touch(*group);
        break;
      case Operation::read:
        if (const auto ticket = in.get<Ticket>(); group->leads) group->reads.push_back(ticket);
        touch(*group);
        break;
      case Operation::progress:
        tell_progress(*group);
        break;
      case Operation::drop:
        if (group->is_touched) std::erase(touched_, nr);
        groups_[nr].reset();
        break;
      case Operation::snapshot_result:
        in.get<ReplicaId>();
        in.get<std::uint8_t>();
        break;
      case Operation::hand_over:
      case Operation::unreachable:
      case Operation::forget:
        in.get<std::uint64_t>();  // a replica, or an index: there is nobody, and nothing kept
        break;
      case Operation::late:
        break;
      default:
        fail("unknown operation " + std::to_string(static_cast<int>(operation)));
    }
  }
  if (!in.ok()) fail("operations that end too early");
}

void Solo::open(GroupNr nr, ByteReader& in) {
  Opening opening;
  opening.replica = in.get<ReplicaId>();
  opening.term = in.get<Term>();
  opening.vote = in.get<ReplicaId>();
  opening.commit = in.get<Index>();
  in.get_base(opening.base);
  in.get_span(opening.log, std::numeric_limits<std::uint64_t>::max());
  const std::string name = "group " + std::to_string(nr);
  if (nr == every_group || find(nr)) fail(name + " is open, or stands for all");
  if (!in.ok() || (!opening.log.empty() && opening.log.first != opening.base.index + 1))
    fail(name + ": a log that does not begin behind its base");
  if (opening.commit < opening.base.index) fail(name + ": stored commit is below the log's base");
  if (!is_alone(opening)) fail(name + ": has other members than this replica, which is alone");
  if (groups_.size() <= nr) groups_.resize(nr + std::size_t{1});
  const Index last = opening.last();
  groups_[nr].reset(new Group{.nr = nr,
                              .replica = opening.replica,
                              .term = opening.term,
                              .last = last,
                              .given = last,
                              .synced = last,
                              .reads = {}});
}

// As raft does: a term of its own, which no start before had, and an empty entry in it.
void Solo::lead(Group& group) {
  if (group.leads || group.is_out) return;
  ++group.term;
  ++group.last;
  group.leads = group.term_is_new = true;
  touch(group);
}

void Solo::answer(const Group& group, bool is_taken, Index first) {
  begin(out_, ResultKind::answer, group.nr);
  put(out_, static_cast<std::uint8_t>(is_taken));
  put(out_, group.leads ? group.replica : ReplicaId{0});
  put(out_, is_taken ? first : Index{0});
  put(out_, is_taken ? group.term : Term{0});
}

void Solo::tell_progress(const Group& group) {
  begin(out_, ResultKind::progress, group.nr);
  put(out_, static_cast<std::uint8_t>(group.leads));
  if (!group.leads) return;
  put(out_, group.replica);
  put(out_, group.last);
  put(out_, std::uint8_t{0});
  put(out_, state_replicated_to);
  put(out_, std::uint8_t{1});
}

void Solo::tell(Group& group) {
  if (!group.is_out && group.last > group.given)
    tell_ready(group);
  else if (!group.reads.empty())
    tell_reads(group);
}

void Solo::tell_ready(Group& group) {
  begin(out_, ResultKind::ready, group.nr);
  put(out_, std::uint8_t{1});  // leads
  put(out_, std::uint8_t{1});  // to be synced
  put(out_, group.replica);
  // Commit is told with a new term only because the two are stored together.
  put(out_, group.term_is_new ? group.term : Term{0});
  put(out_, group.term_is_new ? group.replica : ReplicaId{0});
  put(out_, group.term_is_new ? group.last : Index{0});
  put(out_, no_install);
  put(out_, group.given + 1);
  put(out_, std::uint32_t{1});
  put(out_, static_cast<std::uint32_t>(group.term_is_new ? 1 : 0));
  put(out_, static_cast<std::uint32_t>(group.last - group.given));
  put(out_, group.term);
  if (group.term_is_new) {
    put(out_, group.given + 1);
    put(out_, EntryKind::empty);
    put(out_, ReplicaId{0});
  }
  put(out_, no_mail);
  put(out_, group.last);  // committed, once it is synced
  group.given = group.last;
  group.term_is_new = false;
  group.is_out = true;
  // Nothing behind what is synced has been acknowledged to anybody.
  put(out_, static_cast<std::uint32_t>(group.reads.size()));
  for (const Ticket ticket : std::exchange(group.reads, {})) {
    put(out_, ticket);
    put(out_, group.synced);
  }
}

void Solo::tell_reads(Group& group) {
  begin(out_, group.is_out ? ResultKind::meanwhile : ResultKind::ready, group.nr);
  put(out_, std::uint8_t{1});  // leads
  if (!group.is_out) put(out_, std::uint8_t{0});
  put(out_, group.replica);
  if (!group.is_out) {
    put(out_, Term{0});
    put(out_, ReplicaId{0});
    put(out_, Index{0});
    put(out_, no_install);
    put_span(out_, {});
  }
  put(out_, no_mail);
  if (!group.is_out) put(out_, Index{0});
  put(out_, static_cast<std::uint32_t>(group.reads.size()));
  for (const Ticket ticket : std::exchange(group.reads, {})) {
    put(out_, ticket);
    put(out_, group.synced);
  }
}

void Solo::touch(Group& group) {
  if (std::exchange(group.is_touched, true)) return;
  touched_.push_back(group.nr);
}

Solo::Group* Solo::find(GroupNr nr) { return nr < groups_.size() ? groups_[nr].get() : nullptr; }

void Solo::fail(std::string why) {
  if (on_failure_) on_failure_(why);
  std::fprintf(stderr, "usher: consensus core: %s\n", why.c_str());
  std::abort();
}

}  // namespace usher::consensus
