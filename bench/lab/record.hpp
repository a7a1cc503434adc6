// What a client wrote down: one call and its answer. The checks and the metrics know nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/lab/ticket_work.hpp"

namespace usher::lab {

enum class Deed : std::uint8_t { read, edit, reserve, release };

// 64 bytes, and nothing on the heap: a run has a million of them, and the page faults of a fatter
// one would be what is measured.
struct Record {
  std::int64_t start_ns = 0, end_ns = 0;  // of one monotonic clock
  std::uint64_t events_digest = 0;        // of the answer's events: digest_of()
  std::int64_t price = 0;                 // cents; edit: written, read: seen
  OrderId order;  // reserve, release: its own; read: which holds the ticket (none: all zero)
  std::uint32_t ticket = 0;
  std::uint32_t version = 0;  // Answer::version
  std::uint32_t turn = 0;     // the client's how many-th step: gives the domain its time
  std::uint16_t client = 0;
  std::uint16_t decides = 0;
  Deed deed = Deed::read;
  std::uint8_t events = 0;  // how many
  std::optional<Rejection> rejection;
  bool is_aborted = false;
  bool is_measured = false;  // not of the warm-up

  [[nodiscard]] bool is_accepted() const { return events > 0; }
};

using Records = std::vector<Record>;

// All that is known of a run.
struct Evidence {
  std::vector<VersionedTicket> before;
  std::vector<Records> records;  // in any order, warm-up included
  std::vector<VersionedTicket> after;
};

template <class Each>
void for_each_record(const Evidence& evidence, Each&& each) {
  for (const Records& records : evidence.records)
    for (const Record& record : records) each(record);
}

// What was asked; none for a read. The checks ask it again, in the order of the versions.
std::optional<Ticket::Command> command_of(const Record& record);
TimeMs moment_of(const Record& record);

// 64 bit over everything that the events say; equal events, equal digests.
std::uint64_t digest_of(const std::vector<Ticket::Event>& events);

std::vector<VersionedTicket> make_tickets(std::size_t count);
TicketId ticket_id(std::size_t ticket);
OrderId order_id(std::size_t client, std::size_t turn);

}  // namespace usher::lab
