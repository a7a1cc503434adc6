// What happens to a ticket, whatever protects it: the marketplace's own rules
// (actors/market/domain, unchanged), and on top as much busy work as the workload asks for.
// Strategies differ only in who may do this when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/market/domain/ticket.hpp"

namespace usher::lab {

// The version is the number of the ticket's events.
struct VersionedTicket {
  Ticket::State state;
  Version version = 0;
  bool operator==(const VersionedTicket&) const = default;
};

// What a client asks of one ticket: a command, or to read it.
struct Call {
  std::size_t client = 0;  // one client asks one thing at a time
  std::size_t ticket = 0;
  std::optional<Ticket::Command> command;  // none: read
  TimeMs now = 0;                          // made up: the domain knows no clock, nor does the lab

  [[nodiscard]] bool is_read() const { return !command; }
};

struct Answer {
  // Of the ticket when it was read or decided about; behind the own events, if there are any.
  Version version = 0;
  std::vector<Ticket::Event> events;
  std::optional<Rejection> rejection;
  bool is_aborted = false;  // the strategy gave up: nothing happened
  // How often decide() ran for this answer. All but the last were thrown away (all, if aborted).
  std::uint32_t decides = 0;
  // What a read saw.
  Money price;
  std::optional<OrderId> holder;
};

// Busy work of a known length: a chain of additions and shifts that no compiler shortens and no
// core runs in parallel. Its unit is measured once per process (best of several, so that other
// processes do not lengthen it).
class Spin {
 public:
  explicit Spin(std::uint64_t ns = 0);
  void operator()() const;

  static double turns_per_ns();

 private:
  std::uint64_t turns_ = 0;
};

class Work {
 public:
  // `hold_ns`: inside each decide; `read_hold_ns`: inside each read.
  Work(std::uint64_t hold_ns, std::uint64_t read_hold_ns)
      : hold_(hold_ns), read_hold_(read_hold_ns) {}
  Work() = default;

  [[nodiscard]] Ticket::Decision decide(const VersionedTicket& ticket, const Call& call) const;
  [[nodiscard]] Answer read(const VersionedTicket& ticket) const;
  // Reads, or decides and changes the ticket. Nobody else may touch it meanwhile.
  [[nodiscard]] Answer serve(VersionedTicket& ticket, const Call& call) const;

  [[nodiscard]] static VersionedTicket after(const VersionedTicket& ticket,
                                             const std::vector<Ticket::Event>& events);

 private:
  Spin hold_, read_hold_;
};

}  // namespace usher::lab
