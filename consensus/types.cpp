#include "consensus/types.hpp"

#include <algorithm>
#include <limits>

namespace usher::consensus {
namespace {

bool has(const std::vector<ReplicaId>& ids, ReplicaId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Index Span::last() const {
  Index index = first - 1;
  for (const Run& run : runs) index += run.count;
  return index;
}

void Span::clear() {
  first = 0;
  runs.clear();
  specials.clear();
}

void Span::append(Index index, Term term, EntryKind kind, ReplicaId replica) {
  if (runs.empty()) first = index;
  if (runs.empty() || runs.back().term != term ||
      runs.back().count == std::numeric_limits<std::uint32_t>::max())
    runs.push_back({0, term});
  ++runs.back().count;
  if (kind != EntryKind::payload) specials.push_back({index, kind, replica});
}

bool Members::contains(ReplicaId replica) const {
  return has(voters, replica) || has(learners, replica);
}

void Members::apply(EntryKind kind, ReplicaId replica) {
  if (!is_change(kind)) return;
  std::erase(voters, replica);
  std::erase(learners, replica);
  if (kind == EntryKind::add_voter) voters.push_back(replica);
  if (kind == EntryKind::add_learner) learners.push_back(replica);
}

Members Opening::members_at(Index index) const {
  Members members = base.members;
  for (const Span::Special& special : log.specials)
    if (special.index <= index) members.apply(special.kind, special.replica);
  return members;
}

bool is_alone(const Opening& opening) {
  // What the log has behind the commit may be cut off, or not. So it must not matter.
  for (const Span::Special& special : opening.log.specials)
    if (special.index > opening.commit && is_change(special.kind) &&
        special.replica != opening.replica)
      return false;
  const Members members = opening.members_at(opening.last());
  return members.voters == std::vector{opening.replica} && members.learners.empty();
}

}  // namespace usher::consensus
