// Drives many keep-alive connections from few threads (one epoll loop each), closed-loop or at a
// fixed rate, and tallies what came back.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/histogram.hpp"
#include "bench/load/random.hpp"
#include "bench/load/wire.hpp"

namespace usher::bench {

// What a virtual client makes of an answer.
enum class Verdict {
  finished,   // the operation is complete
  continues,  // the operation has another request
  wrong,      // not what the contract says: the operation has failed
};

// One virtual client on one connection: what it asks and what it expects. Driven by one thread.
class Script {
 public:
  virtual ~Script() = default;
  // Appends the next request to `out` and names its kind (an index into Plan::labels). False: this
  // client has nothing left to do; asked only between operations.
  virtual bool next(std::string& out, std::size_t& label) = 0;
  virtual Verdict answered(const Response& response) = 0;
  // The connection was lost or timed out in mid-operation; the next request begins a new one.
  virtual void interrupted() = 0;
};

struct Plan {
  std::vector<std::string> labels;
  std::chrono::nanoseconds warm_up{};
  // Zero: until every script has nothing left to do, or the server has been silent for twice
  // request_timeout.
  std::chrono::nanoseconds measured{};
  // Operations per second over all connections. Zero: closed loop, each connection starts the next
  // operation when its last one is answered.
  double rate = 0;
  bool poisson = true;  // arrivals at random; false: evenly spaced
  std::size_t threads = 1;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds request_timeout = std::chrono::seconds(30);
  std::function<void()> on_measure_start;  // on the caller's thread
  std::function<void()> on_measure_end;
};

inline constexpr std::size_t label_count_max = 4;

// What was answered within the measured window, except where it says otherwise.
struct Tally {
  // Latency of whole operations. At a fixed rate it is of those that were due in the window, taken
  // from the moment the operation was due, whether or not a connection was free then: a stalled
  // server is charged for every operation that it kept waiting (no coordinated omission).
  Histogram operation;
  std::array<Histogram, label_count_max> request;          // from sending a request to its answer
  std::array<std::uint64_t, label_count_max> succeeded{};  // by label
  std::array<std::uint64_t, 600> statuses{};               // requests by status
  std::uint64_t operations = 0;
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;       // requests, in the whole run
  std::uint64_t wrong = 0;          // answers that the script did not expect, in the whole run
  std::uint64_t lost = 0;           // connections that broke in mid-request, in the whole run
  std::uint64_t timed_out = 0;      // requests without an answer in time, in the whole run
  std::uint64_t refused = 0;        // connects that failed, in the whole run
  std::uint64_t closed_idle = 0;    // connections that the server ended between requests
  std::uint64_t never_started = 0;  // due in the window, but no connection got free before the end
  std::string first_wrong;          // one unexpected answer, for the report
  double seconds = 0;               // length of the window
  bool ran_dry = false;             // the scripts had nothing left to do before the window was over

  void merge(const Tally& other);
  [[nodiscard]] bool is_clean() const {
    return wrong == 0 && lost == 0 && timed_out == 0 && refused == 0;
  }
};

// Runs one script per connection. Returns when the window is over and what was in flight has been
// answered (or has timed out).
Tally run(const Target& target, const std::vector<std::unique_ptr<Script>>& scripts,
          const Plan& plan);

// When operations are due at a fixed rate. Pure, so that it can be tested.
class Schedule {
 public:
  Schedule(double rate, bool poisson, std::int64_t start_ns, std::uint64_t seed);
  [[nodiscard]] std::int64_t due() const { return due_; }
  void advance();

 private:
  double gap_ns_;
  bool poisson_;
  double exact_;
  std::int64_t due_;
  Random random_;
};

}  // namespace usher::bench
