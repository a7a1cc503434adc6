#include "consensus/bytes.hpp"

#include <limits>

#include "consensus/message.hpp"

namespace usher::consensus {
namespace {

void put_ids(std::string& out, const std::vector<ReplicaId>& ids) {
  put(out, static_cast<std::uint8_t>(ids.size()));
  for (const ReplicaId id : ids) put(out, id);
}

}  // namespace

void put_members(std::string& out, const Members& members) {
  put_ids(out, members.voters);
  put_ids(out, members.learners);
}

void put_base(std::string& out, const Base& base) {
  put(out, base.index);
  put(out, base.term);
  put_members(out, base.members);
}

void put_span(std::string& out, const Span& span) {
  put(out, span.first);
  put(out, static_cast<std::uint32_t>(span.runs.size()));
  put(out, static_cast<std::uint32_t>(span.specials.size()));
  for (const Span::Run& run : span.runs) {
    put(out, run.count);
    put(out, run.term);
  }
  for (const Span::Special& special : span.specials) {
    put(out, special.index);
    put(out, special.kind);
    put(out, special.replica);
  }
}

std::string_view ByteReader::take(std::size_t count) {
  if (count > rest_.size()) {
    fail();
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

void ByteReader::get_ids(std::vector<ReplicaId>& ids) {
  ids.clear();
  for (int n = get<std::uint8_t>(); n > 0 && ok_; --n) ids.push_back(get<ReplicaId>());
}

void ByteReader::get_base(Base& base) {
  base.index = get<Index>();
  base.term = get<Term>();
  get_ids(base.members.voters);
  get_ids(base.members.learners);
}

void ByteReader::get_span(Span& span, std::uint64_t entries_max) {
  span.clear();
  span.first = get<Index>();
  auto runs = get<std::uint32_t>();
  auto specials = get<std::uint32_t>();
  std::uint64_t count = 0;
  for (Term before = 1; runs > 0 && ok_; --runs) {
    const auto n = get<std::uint32_t>();
    const auto term = get<Term>();
    count += n;
    if (n == 0 || term < before || count > entries_max) fail();
    before = term;
    span.runs.push_back({n, term});
  }
  if (count == 0 ? span.first != 0 || specials > 0
                 : span.first == 0 || span.first > std::numeric_limits<Index>::max() - count)
    fail();
  for (Index next = span.first; specials > 0 && ok_; --specials) {
    const auto index = get<Index>();
    const auto kind = get<EntryKind>();
    const auto replica = get<ReplicaId>();
    if (index < next || index >= span.first + count) fail();
    if (is_change(kind) ? replica == 0 : kind != EntryKind::empty || replica != 0) fail();
    next = index + 1;
    span.specials.push_back({index, kind, replica});
  }
  if (!ok_) span.clear();
}

void ByteReader::skip_message() {
  const auto type = get<MessageType>();
  take(1 + 7 * sizeof(std::uint64_t));
  take(get<std::uint8_t>());
  if (type == MessageType::append) {
    Span span;
    get_span(span, message_entries_max);
  } else if (type == MessageType::snapshot) {
    Base base;
    get_base(base);
  }
}

}  // namespace usher::consensus
