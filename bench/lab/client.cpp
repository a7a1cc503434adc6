#include "bench/lab/client.hpp"

#include <algorithm>
#include <limits>

namespace usher::lab {
namespace {

// A chunk of records is written to once before it is needed, so that no page fault is measured.
// With a time limit nobody knows how many there will be: room for as many as two cores make with
// the fastest strategies, shared by all clients; whoever gets more of them makes smaller chunks on
// the way.
constexpr double records_per_second = 4'000'000;
constexpr std::size_t records_min = 4'096;

Records room_for(std::size_t count) {
  Records records(count);
  records.clear();  // keeps the memory
  return records;
}

std::size_t expected_records(const Workload& workload, const Plan& plan) {
  if (workload.seconds > 0)
    return workload.warm_up + static_cast<std::size_t>(workload.seconds * records_per_second /
                                                       static_cast<double>(workload.clients));
  std::size_t calls = 0;
  for (const Step& step : plan) calls += step.kind == StepKind::borrow ? 2 : 1;
  return calls;
}

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Client::Client(std::size_t number, const Workload& workload, Plan plan)
    : number_(static_cast<std::uint16_t>(number)),
      think_(workload.think_ns),
      keep_(workload.keep_ns),
      plan_(std::move(plan)) {
  records_.push_back(room_for(std::max(records_min, expected_records(workload, plan_))));
}

void Client::warm_up(std::size_t steps) {
  is_measured_ = false;
  end_turn_ = turn_ + steps;
  end_ns_ = std::numeric_limits<std::int64_t>::max();
}

void Client::measure(std::size_t steps) {
  warm_up(steps);
  is_measured_ = true;
}

void Client::measure_until(std::int64_t moment_ns) {
  is_measured_ = true;
  end_turn_ = std::numeric_limits<std::uint32_t>::max();
  end_ns_ = moment_ns;
}

const Call* Client::next() {
  if (is_holding_) {
    pause_ = keep_;
    prepare(Deed::release);
    return &call_;
  }
  if (turn_ >= end_turn_ || last_answer_ns_ >= end_ns_) return nullptr;
  pause_ = think_;
  switch (step().kind) {
    case StepKind::read:
      prepare(Deed::read);
      break;
    case StepKind::edit:
      prepare(Deed::edit);
      break;
    case StepKind::borrow:
    case StepKind::take:
      prepare(Deed::reserve);
      break;
  }
  return &call_;
}

void Client::prepare(Deed deed) {
  if (records_.back().size() == records_.back().capacity())
    records_.push_back(room_for(records_min));
  Record& record = records_.back().emplace_back();
  record.deed = deed;
  record.client = number_;
  record.ticket = step().ticket;
  record.turn = static_cast<std::uint32_t>(turn_);
  if (deed == Deed::edit) record.price = step().price;
  if (deed != Deed::read) record.order = order_id(number_, turn_);
  record.is_measured = is_measured_;
  call_ = Call{number_, record.ticket, command_of(record), moment_of(record)};
}

void Client::answered(const Answer& answer) {
  Record& record = this->record();
  record.end_ns = last_answer_ns_ = now_ns();
  record.version = static_cast<std::uint32_t>(answer.version);
  record.decides = static_cast<std::uint16_t>(answer.decides);
  record.rejection = answer.rejection;
  record.is_aborted = answer.is_aborted;
  record.events = static_cast<std::uint8_t>(answer.events.size());
  record.events_digest = digest_of(answer.events);
  if (record.deed == Deed::read) {
    record.price = answer.price.minor;
    record.order = answer.holder.value_or(OrderId{});
  }
  if (record.deed == Deed::release)
    // Who holds a ticket asks until it is free: an aborted release would lock it for ever.
    is_holding_ = record.is_aborted;
  else
    is_holding_ = step().kind == StepKind::borrow && record.is_accepted();
  if (!is_holding_) ++turn_;
}

}  // namespace usher::lab
