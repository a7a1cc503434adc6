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
         std::to_string(record.client) + " at version " + std::to_string(record.version);
}

// A write stands before whatever saw its version.
bool is_earlier(const Record* a, const Record* b) {
  if (a->version != b->version) return a->version < b->version;
  if (a->is_accepted() != b->is_accepted()) return a->is_accepted();
  return a->start_ns < b->start_ns;
}

Fault check_versions(const Record& record, const VersionedTicket& ticket) {
  const Version expected = ticket.version + record.events;
  if (record.version == expected) return {};
  if (record.version > expected)
    return "a version below " + std::to_string(record.version) + " is missing";
  return "version " + std::to_string(record.version) + " was given twice";
}

// What the domain answers to the call, asked again; it changes the ticket.
Fault ask_again(const Record& record, VersionedTicket& ticket) {
  const auto command = command_of(record);
  if (!command) {
    const OrderId holder = ticket.state.hold ? ticket.state.hold->order : OrderId{};
    const bool is_shown =
        record.price == ticket.state.listing.price.minor && record.order == holder;
    return is_shown ? Fault{} : "it shows what the ticket was not";
  }
  // What the client was told comes first: the domain would not hide this one, but name it less
  // well.
  if (record.deed == Deed::reserve && record.is_accepted() && ticket.state.hold)
    return "two orders hold the ticket";
  const auto decision = Ticket::decide(&ticket.state, *command, moment_of(record));
  if (!decision)
    return record.rejection == decision.error() ? Fault{} : "the domain rejects it there";
  if (record.rejection) return "it was rejected, but the domain accepts it there";
  if (decision->events.size() != record.events ||
      digest_of(decision->events) != record.events_digest)
    return "its events are not those of the domain";
  for (const auto& event : decision->events) {
    ticket.state = Ticket::evolve(&ticket.state, event);
    ++ticket.version;
  }
  return {};
}

// `history` in the order of the versions.
Fault check_replay(const History& history, VersionedTicket ticket, const VersionedTicket& after) {
  const Version before = ticket.version;
  Version events = 0;
  for (const Record* record : history) {
    if (auto fault = check_versions(*record, ticket)) return about(*record) + ": " + *fault;
    if (auto fault = ask_again(*record, ticket)) return about(*record) + ": " + *fault;
    events += record->events;
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
      answered = std::max<Version>(answered, (*ended)->version);
    const Version seen = record->version - record->events;
    if (seen < answered)
      return about(*record) + ": it began after version " + std::to_string(answered) +
             " had been answered";
  }
  return {};
}

}  // namespace

std::vector<std::string> faults_of(const Evidence& evidence, std::size_t faults_max) {
  std::vector<std::size_t> calls(evidence.before.size(), 0);
  std::vector<std::string> faults;
  for_each_record(evidence, [&](const Record& record) {
    ++calls.at(record.ticket);
    if (record.is_aborted && record.events > 0 && faults.size() < faults_max)
      faults.push_back(about(record) + ": aborted, but with events");
  });
  std::vector<History> histories(evidence.before.size());
  for (std::size_t i = 0; i < histories.size(); ++i) histories[i].reserve(calls[i]);
  for_each_record(evidence, [&](const Record& record) {
    if (!record.is_aborted) histories[record.ticket].push_back(&record);
  });
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
