// A client in a closed loop: it makes the steps of its plan one after the other, and writes down
// what it asked, when, and what it was told. What it writes down is all that the checks and the
// metrics know.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/lab/ticket_work.hpp"
#include "bench/lab/workload.hpp"

namespace usher::lab {

enum class Deed : std::uint8_t { read, edit, reserve, release };

// One call and its answer.
struct Record {
  std::int64_t start_ns = 0, end_ns = 0;  // of one monotonic clock
  std::uint32_t client = 0, ticket = 0;
  TimeMs now = 0;
  OrderId order;  // reserve, release: its own
  Money price;    // edit: what it writes
  Deed deed = Deed::read;
  bool is_measured = false;
  Answer answer;

  [[nodiscard]] bool is_accepted() const { return !answer.events.empty(); }
};

// What was asked; none for a read. The checks ask it again, in the order of the versions.
std::optional<Ticket::Command> command_of(const Record& record);

std::vector<VersionedTicket> make_tickets(std::size_t count);
TicketId ticket_id(std::size_t ticket);
std::int64_t now_ns();

class Client {
 public:
  Client(std::size_t number, const Workload& workload, Plan plan);

  // From here on, up to this step of the plan.
  void allow(std::size_t steps, bool is_measured) {
    end_ = std::min(steps, plan_.size());
    is_measured_ = is_measured;
  }

  // The next thing to ask, valid until answered() is called; null when nothing is left.
  [[nodiscard]] const Call* next();
  // What next() has returned last.
  [[nodiscard]] const Call* current() const { return &call_; }
  // How long the client waits before it asks that.
  [[nodiscard]] std::chrono::nanoseconds pause() const { return pause_; }
  void asks() { records_.back().start_ns = now_ns(); }
  void answered(Answer answer);

  [[nodiscard]] const std::vector<Record>& records() const { return records_; }
  std::vector<Record> take_records() { return std::move(records_); }

 private:
  void prepare(Deed deed, const Step& step);

  std::uint32_t number_;
  std::chrono::nanoseconds think_, keep_;
  Plan plan_;
  std::size_t position_ = 0, end_ = 0;
  bool is_measured_ = false;
  bool is_holding_ = false;  // an accepted Reserve of a borrow waits for its Release
  std::chrono::nanoseconds pause_{0};
  Call call_;
  std::vector<Record> records_;
};

}  // namespace usher::lab
