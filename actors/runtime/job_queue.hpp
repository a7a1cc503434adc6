// Who waits for a worker, and whose turn it is. Three lanes, of which an earlier one never waits
// behind a later one: what the promises need (every lock ends, P4), the recovery of who is asked
// for something, and what anybody may ask for without end: lists, histories, the feed. Within that
// last lane each client has a line of its own, and the lines take turns: who asks a thousand times
// waits for himself.
// No clock, no actor: worker_pool.cpp runs it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"

namespace usher {

enum class Lane : std::uint8_t { duty, recovery, reads };
inline constexpr std::size_t lane_count = 3;

struct JobLimits {
  std::size_t workers = 1;        // at most so many of the last lane run at once
  std::size_t queue_max = 1'000;  // jobs that wait, in each lane
  std::size_t duty_max = 0;       // likewise in the first two; 0: queue_max
  DurationMs wait_ms_max = 0;     // a job that would wait longer is refused at once; 0: any
};

template <class T>
class JobQueue {
 public:
  explicit JobQueue(const JobLimits& limits) : limits_(limits) {}

  struct Next {
    Lane lane;
    T job;
  };

  // The job that is refused, if one is: this one, or the newest of the client whose line is the
  // longest, when this client's is shorter.
  [[nodiscard]] std::optional<T> push(Lane lane, const std::string& client, T job) {
    if (lane != Lane::reads) {
      auto& line = lanes_[static_cast<std::size_t>(lane)];
      if (line.size() >= (limits_.duty_max != 0 ? limits_.duty_max : limits_.queue_max)) return job;
      line.push_back(std::move(job));
      return std::nullopt;
    }
    if (limits_.wait_ms_max > 0 && expected_wait_ms() > limits_.wait_ms_max) return job;
    std::optional<T> refused;
    if (reads_ >= limits_.queue_max) {
      const auto longest = std::max_element(turns_.begin(), turns_.end(), [](auto& a, auto& b) {
        return a.jobs.size() < b.jobs.size();
      });
      const auto own = by_client_.find(client);
      const std::size_t mine = own == by_client_.end() ? 0 : own->second->jobs.size();
      if (longest == turns_.end() || longest->jobs.size() <= mine + 1) return job;
      refused = std::move(longest->jobs.back());
      longest->jobs.pop_back();  // it had two at least
      --reads_;
    }
    auto [own, is_new] = by_client_.try_emplace(client);
    if (is_new) own->second = turns_.insert(turns_.end(), {client, {}});
    own->second->jobs.push_back(std::move(job));
    ++reads_;
    return refused;
  }

  // While so many of the last lane run. nullopt: nobody's turn.
  [[nodiscard]] std::optional<Next> next(std::size_t reads_running) {
    for (const Lane lane : {Lane::duty, Lane::recovery}) {
      auto& line = lanes_[static_cast<std::size_t>(lane)];
      if (line.empty()) continue;
      Next next{lane, std::move(line.front())};
      line.pop_front();
      return next;
    }
    if (turns_.empty() || reads_running >= limits_.workers) return std::nullopt;
    auto line = turns_.begin();
    Next next{Lane::reads, std::move(line->jobs.front())};
    line->jobs.pop_front();
    --reads_;
    if (line->jobs.empty()) {
      by_client_.erase(line->client);
      turns_.erase(line);
    } else {
      turns_.splice(turns_.end(), turns_, line);
    }
    return next;
  }

  [[nodiscard]] std::size_t size() const { return lanes_[0].size() + lanes_[1].size() + reads_; }

  // Everything that waits, to be refused.
  template <class Refuse>
  void clear(Refuse refuse) {
    for (auto& line : lanes_)
      for (auto& job : std::exchange(line, {})) refuse(job);
    for (auto& line : std::exchange(turns_, {}))
      for (auto& job : line.jobs) refuse(job);
    by_client_.clear();
    reads_ = 0;
  }

  // How long a job took, to know how long the next ones will wait.
  void note_ms(double took_ms) {
    mean_ms_ = mean_ms_ == 0 ? took_ms : mean_ms_ + weight_of_newest * (took_ms - mean_ms_);
  }
  // Of a job that comes now into the last lane; 0 while nothing is known.
  [[nodiscard]] DurationMs expected_wait_ms() const {
    return static_cast<DurationMs>(static_cast<double>(reads_) * mean_ms_ /
                                   static_cast<double>(std::max<std::size_t>(limits_.workers, 1)));
  }

 private:
  static constexpr double weight_of_newest = 0.1;

  struct Line {
    std::string client;
    std::deque<T> jobs;  // never empty between two calls
  };

  JobLimits limits_;
  std::array<std::deque<T>, 2> lanes_;  // duty and recovery
  std::list<Line> turns_;               // the first one is next
  std::unordered_map<std::string, typename std::list<Line>::iterator> by_client_;
  std::size_t reads_ = 0;
  double mean_ms_ = 0;
};

}  // namespace usher
