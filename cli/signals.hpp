// The signals of a node, and the time that its end may take: from the first SIGTERM or SIGINT on
// the process ends within that time, whatever hangs (a disk, a payment gateway, a reader of the
// log), and a second one ends it at once. Nothing is lost by it: what was answered is synced.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace usher::cli {

class Signals {
 public:
  enum class Event { none, reload, stop };

  // Before the first thread: all that are started later leave these signals to this one.
  explicit Signals(std::int64_t stop_time_ms_max);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next one, or none when there is none for so long. A stop stays.
  [[nodiscard]] Event wait(std::chrono::milliseconds time_max);
  [[nodiscard]] bool stop_requested() const;
  // The node ends by itself, or because it was asked to: the time runs (if it does not yet), and
  // whoever is over it ends with this status.
  void begin_stop(int status);
  [[nodiscard]] std::int64_t left_ms() const;  // of the time; all of it before a stop

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread that waits for signals, to the very end
};

}  // namespace usher::cli
