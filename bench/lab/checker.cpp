#include "bench/lab/checker.hpp"

#include <algorithm>
#include <optional>

namespace usher::lab {
namespace {

using History = std::vector<const Record*>;
using Fault = std::optional<std::string>;

std::string about(const Record& record) {
  static constexpr const char* names[] = {"read", "edit", "reserve", "release"};
  return std::string{names[static_cast<std::size_t>(record.deed)]} + " by client " +
         std::to_string(record.client) + " at version " + std::to_string(record.answer.version);
}

// A write stands before whatever saw its version.
bool is_earlier(const Record* a, const Record* b) {
  if (a->answer.version != b->answer.version) return a->answer.version < b->answer.version;
  if (a->is_accepted() != b->is_accepted()) return a->is_accepted();
  return a->start_ns < b->start_ns;
}

Fault check_versions(const Record& record, const VersionedTicket& ticket) {
  const Version expected = ticket.version + record.answer.events.size();
  if (record.answer.version == expected) return {};
  if (record.answer.version > expected)
    return "a version below " + std::to_string(record.answer.version) + " is missing";
  return "version " + std::to_string(record.answer.version) + " was given twice";
}

Fault check_answer(const Record& record, const VersionedTicket& ticket) {
  const Answer& answer = record.answer;
  const auto command = command_of(record);
  if (!command) {
    std::optional<OrderId> holder;
    if (ticket.state.hold) holder = ticket.state.hold->order;
    if (answer.price == ticket.state.listing.price && answer.holder == holder) return {};
    return "it shows what the ticket was not";
  }
  for (const auto& event : answer.events)
    if (std::holds_alternative<Ticket::Reserved>(event) && ticket.state.hold)
      return "two orders hold the ticket";
  const auto decision = Ticket::decide(&ticket.state, *command, record.now);
  if (!decision)
    return answer.rejection == decision.error() ? Fault{} : "the domain rejects it there";
  if (answer.rejection) return "it was rejected, but the domain accepts it there";
  return decision->events == answer.events ? Fault{} : "its events are not those of the domain";
}

// `history` in the order of the versions.
Fault check_replay(const History& history, VersionedTicket ticket, const VersionedTicket& after) {
  const Version before = ticket.version;
  Version events = 0;
  for (const Record* record : history) {
    if (auto fault = check_versions(*record, ticket)) return about(*record) + ": " + *fault;
    if (auto fault = check_answer(*record, ticket)) return about(*record) + ": " + *fault;
    if (record->is_accepted()) ticket = Work::after(ticket, record->answer.events);
    events += record->answer.events.size();
  }
  if (after.version != before + events)
    return "its version is " + std::to_string(after.version) + ", but " + std::to_string(events) +
           " events were accepted after version " + std::to_string(before);
  if (after != ticket) return "its final state is not what its events make";
  return {};
}

// Nobody may see less than what was answered before he asked; who changes the ticket must make
// more of it.
Fault check_real_time(const History& history) {
  History by_start = history, by_end = history;
  std::sort(by_start.begin(), by_start.end(),
            [](const auto* a, const auto* b) { return a->start_ns < b->start_ns; });
  std::sort(by_end.begin(), by_end.end(),
            [](const auto* a, const auto* b) { return a->end_ns < b->end_ns; });
  Version answered = 0;
  auto ended = by_end.begin();
  for (const Record* record : by_start) {
    for (; ended != by_end.end() && (*ended)->end_ns < record->start_ns; ++ended)
      answered = std::max(answered, (*ended)->answer.version);
    const Version seen = record->answer.version - record->answer.events.size();
    if (seen < answered)
      return about(*record) + ": it began after version " + std::to_string(answered) +
             " had been answered";
  }
  return {};
}

}  // namespace

std::vector<std::string> faults_of(const Evidence& evidence, std::size_t faults_max) {
  std::vector<History> histories(evidence.before.size());
  std::vector<std::string> faults;
  for (const Record& record : evidence.records) {
    if (!record.answer.is_aborted) {
      histories.at(record.ticket).push_back(&record);
    } else if (!record.answer.events.empty()) {
      faults.push_back("client " + std::to_string(record.client) + ": aborted, but with events");
      return faults;
    }
  }
  for (std::size_t i = 0; i < histories.size() && faults.size() < faults_max; ++i) {
    History& history = histories[i];
    std::sort(history.begin(), history.end(), is_earlier);
    auto fault = check_replay(history, evidence.before[i], evidence.after.at(i));
    if (!fault) fault = check_real_time(history);
    if (fault) faults.push_back("ticket " + std::to_string(i) + ": " + *fault);
  }
  return faults;
}

}  // namespace usher::lab
