#include "bench/lab/client.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace usher::lab {
namespace {

constexpr TimeMs first_moment = 1'700'000'000'000;
constexpr DurationMs hold_ms = 15 * 60 * 1'000;

const UserId& seller() {
  static const UserId id{"5f0c5a2b1d3e4f5a6b7c8d9e"};
  return id;
}
const UserId& buyer() {
  static const UserId id{"5f0c5a2b1d3e4f5a6b7c8d9f"};
  return id;
}
std::string title_of(std::size_t ticket) {
  return "Concert at the harbour, seat " + std::to_string(ticket);
}

OrderId order_id(std::uint32_t client, std::size_t step) {
  return OrderId::mint(first_moment, 0, std::uint64_t{client} << 32 | step);
}

}  // namespace

std::optional<Ticket::Command> command_of(const Record& record) {
  switch (record.deed) {
    case Deed::read:
      return std::nullopt;
    case Deed::edit:
      return Ticket::Edit{seller(), title_of(record.ticket), record.price};
    case Deed::reserve:
      return Ticket::Reserve{record.order, buyer(), hold_ms};
    case Deed::release:
      return Ticket::Release{record.order, record.now};
  }
  return std::nullopt;
}

std::vector<VersionedTicket> make_tickets(std::size_t count) {
  std::vector<VersionedTicket> tickets(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Ticket::Created created{{seller(), title_of(i), Money{100}}, first_moment};
    tickets[i] = {Ticket::evolve(nullptr, created), 1};
  }
  return tickets;
}

TicketId ticket_id(std::size_t ticket) { return TicketId::mint(first_moment, 0, ticket); }

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Client::Client(std::size_t number, const Workload& workload, Plan plan)
    : number_(static_cast<std::uint32_t>(number)),
      think_(workload.think_ns),
      keep_(workload.keep_ns),
      plan_(std::move(plan)) {
  std::size_t calls = 0;
  for (const Step& step : plan_) calls += step.kind == StepKind::borrow ? 2 : 1;
  records_.reserve(calls);
}

const Call* Client::next() {
  if (is_holding_) {
    pause_ = keep_;
    prepare(Deed::release, plan_[position_]);
    return &call_;
  }
  if (position_ >= end_) return nullptr;
  pause_ = think_;
  const Step& step = plan_[position_];
  switch (step.kind) {
    case StepKind::read:
      prepare(Deed::read, step);
      break;
    case StepKind::edit:
      prepare(Deed::edit, step);
      break;
    case StepKind::borrow:
    case StepKind::take:
      prepare(Deed::reserve, step);
      break;
  }
  return &call_;
}

void Client::prepare(Deed deed, const Step& step) {
  Record record;
  record.client = number_;
  record.ticket = step.ticket;
  record.now = first_moment + static_cast<TimeMs>(position_);
  record.order = order_id(number_, position_);
  record.price = Money{step.price};
  record.deed = deed;
  record.is_measured = is_measured_;
  call_ = Call{number_, step.ticket, command_of(record), record.now};
  records_.push_back(std::move(record));
}

void Client::answered(Answer answer) {
  Record& record = records_.back();
  record.end_ns = now_ns();
  record.answer = std::move(answer);
  const bool is_borrow = plan_[position_].kind == StepKind::borrow;
  if (record.deed == Deed::release)
    // Who holds a ticket asks until it is free: an aborted release would lock it for ever.
    is_holding_ = record.answer.is_aborted;
  else
    is_holding_ = is_borrow && record.is_accepted();
  if (!is_holding_) ++position_;
}

}  // namespace usher::lab
