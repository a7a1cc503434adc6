// What another node says to the core of consensus. Any bytes: they are refused, or they can be
// walked through within the named limits, and a core takes exactly them and goes on.
#include <cstdint>
#include <cstdlib>

#include "consensus/bytes.hpp"
#include "consensus/factory.hpp"

namespace {

using namespace usher::consensus;

void demand(bool promise) {
  if (!promise) std::abort();
}

void check_entries(const Message& message) {
  std::uint64_t entries = 0;
  Index before = message.index;
  Term term = 1;
  message.entries.for_each([&](Index index, Term of, EntryKind kind, ReplicaId replica) {
    demand(index == before + 1 && of >= term && of <= message.term);
    demand(is_change(kind) == (replica != 0));
    before = index;
    term = of;
    ++entries;
  });
  demand(entries <= message_entries_max);
  if (message.entries.empty()) return;
  demand(message.type == MessageType::append && message.entries.last() == before);
  std::string again;
  put_span(again, message.entries);
  demand(message.bytes.ends_with(again));
}

// It stands between two proposals, and both are answered.
void check_is_skipped(const Message& message) {
  auto core = make_core(CoreKind::alone, {});
  demand(core.has_value());
  Opening opening;
  opening.replica = 7;
  opening.term = opening.commit = 1;
  opening.log.append(1, 1, EntryKind::add_voter, 7);
  Operations operations;
  operations.open(0, opening);
  operations.propose(0, 1);
  operations.arrived(0, message);
  operations.propose(0, 1);
  int answers = 0;
  for (ResultReader results{(*core)->turn(operations).bytes()}; results.next();)
    answers += results.kind() == ResultKind::answer ? 1 : 0;
  demand(answers == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes{reinterpret_cast<const char*>(data), size};
  Message message;
  if (!parse_message(bytes, message)) return 0;
  demand(message.from != 0 && message.to != 0 && message.term != 0);
  demand(message.type != MessageType::snapshot || message.base.index != 0);
  check_entries(message);
  check_is_skipped(message);
  return 0;
}
