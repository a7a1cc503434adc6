// A client in a closed loop: it makes the steps of its plan one after the other, and writes down
// what it asked, when, and what it was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/lab/record.hpp"
#include "bench/lab/workload.hpp"

namespace usher::lab {

std::int64_t now_ns();

class Client {
 public:
  Client(std::size_t number, const Workload& workload, Plan plan);

  // Before each phase. So many steps from here on; those before the measured ones warm up.
  void warm_up(std::size_t steps);
  void measure(std::size_t steps);
  // Round and round the plan, until a call is answered at this moment or later.
  void measure_until(std::int64_t moment_ns);

  // The next thing to ask, valid until answered() is called; null when the phase is over.
  [[nodiscard]] const Call* next();
  // What next() has returned last.
  [[nodiscard]] const Call* current() const { return &call_; }
  // How long the client waits before it asks that.
  [[nodiscard]] std::chrono::nanoseconds pause() const { return pause_; }
  void asks() { record().start_ns = now_ns(); }
  void answered(const Answer& answer);

  std::vector<Records> take_records() { return std::move(records_); }

 private:
  Record& record() { return records_.back().back(); }
  [[nodiscard]] const Step& step() const { return plan_[turn_ % plan_.size()]; }
  void prepare(Deed deed);

  std::uint16_t number_;
  std::chrono::nanoseconds think_, keep_;
  Plan plan_;
  std::size_t turn_ = 0, end_turn_ = 0;
  std::int64_t end_ns_ = 0, last_answer_ns_ = 0;
  bool is_measured_ = false;
  bool is_holding_ = false;  // an accepted Reserve of a borrow waits for its Release
  std::chrono::nanoseconds pause_{0};
  Call call_;
  std::vector<Records> records_;  // a full one is not grown (that would move it), but followed
};

}  // namespace usher::lab
