#include "bench/lab/ticket_work.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace usher::lab {
namespace {

void turn(std::uint64_t turns) {
  std::uint64_t x = turns;
  for (std::uint64_t i = 0; i < turns; ++i) {
    x += i ^ (x >> 3);
    asm volatile("" : "+r"(x));  // the compiler must believe that somebody looks at it
  }
}

double measure_turns_per_ns() {
  constexpr std::uint64_t turns = 200'000;
  constexpr int attempts = 7;
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < attempts; ++i) {
    const auto start = std::chrono::steady_clock::now();
    turn(turns);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  return static_cast<double>(turns) / static_cast<double>(std::max<std::int64_t>(1, best.count()));
}

}  // namespace

double Spin::turns_per_ns() {
  static const double measured = measure_turns_per_ns();
  return measured;
}

Spin::Spin(std::uint64_t ns)
    : turns_(ns == 0 ? 0 : static_cast<std::uint64_t>(static_cast<double>(ns) * turns_per_ns())) {}

void Spin::operator()() const { turn(turns_); }

Ticket::Decision Work::decide(const VersionedTicket& ticket, const Call& call) const {
  hold_();
  return Ticket::decide(&ticket.state, *call.command, call.now);
}

Answer Work::read(const VersionedTicket& ticket) const {
  read_hold_();
  Answer answer;
  answer.version = ticket.version;
  answer.price = ticket.state.listing.price;
  if (ticket.state.hold) answer.holder = ticket.state.hold->order;
  return answer;
}

Answer Work::serve(VersionedTicket& ticket, const Call& call) const {
  if (call.is_read()) return read(ticket);
  Answer answer;
  answer.decides = 1;
  Ticket::Decision decision = decide(ticket, call);
  if (decision) {
    for (const auto& event : decision->events) {
      ticket.state = Ticket::evolve(&ticket.state, event);
      ++ticket.version;
    }
    answer.events = std::move(decision->events);
  } else {
    answer.rejection = decision.error();
  }
  answer.version = ticket.version;
  return answer;
}

VersionedTicket Work::after(const VersionedTicket& ticket,
                            const std::vector<Ticket::Event>& events) {
  VersionedTicket next{{}, ticket.version + events.size()};
  const Ticket::State* state = &ticket.state;
  for (const auto& event : events) {
    next.state = Ticket::evolve(state, event);
    state = &next.state;
  }
  return next;
}

}  // namespace usher::lab
