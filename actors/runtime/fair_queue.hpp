// Who waits, and whose turn it is: each client has a line of its own, and the lines take turns, so
// whoever asks a thousand times waits for himself. No clock, no actor: fair_line.cpp runs it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"

namespace usher {

struct FairQueueLimits {
  std::size_t at_once = 1;        // run at the same time; decides how long the others wait
  std::size_t queue_max = 1'000;  // that wait
  DurationMs wait_ms_max = 0;     // whoever would wait longer is refused at once; 0: any time
};

template <class T>
class FairQueue {
 public:
  explicit FairQueue(const FairQueueLimits& limits) : limits_(limits) {}

  // The one that is refused, if one is: this one, or the newest of the client whose line is the
  // longest, when this client's is shorter.
  [[nodiscard]] std::optional<T> push(const std::string& client, T job) {
    if (limits_.wait_ms_max > 0 && expected_wait_ms() > limits_.wait_ms_max) return job;
    std::optional<T> refused;
    if (size_ >= limits_.queue_max) {
      const auto longest = std::max_element(
          turns_.begin(), turns_.end(),
          [](const Line& a, const Line& b) { return a.jobs.size() < b.jobs.size(); });
      const auto own = by_client_.find(client);
      const std::size_t mine = own == by_client_.end() ? 0 : own->second->jobs.size();
      if (longest == turns_.end() || longest->jobs.size() <= mine + 1) return job;
      refused = std::move(longest->jobs.back());
      longest->jobs.pop_back();  // it had two at least
      --size_;
    }
    auto [own, is_new] = by_client_.try_emplace(client);
    if (is_new) own->second = turns_.insert(turns_.end(), Line{client, {}});
    own->second->jobs.push_back(std::move(job));
    ++size_;
    return refused;
  }

  [[nodiscard]] std::optional<T> next() {
    if (turns_.empty()) return std::nullopt;
    const auto line = turns_.begin();
    T job = std::move(line->jobs.front());
    line->jobs.pop_front();
    --size_;
    if (line->jobs.empty()) {
      by_client_.erase(line->client);
      turns_.erase(line);
    } else {
      turns_.splice(turns_.end(), turns_, line);
    }
    return job;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  // How long one took, to know how long the next ones will wait.
  void note_ms(double took_ms) {
    mean_ms_ = mean_ms_ == 0 ? took_ms : mean_ms_ + weight_of_newest * (took_ms - mean_ms_);
  }
  // Of one that comes now; 0 while nothing is known.
  [[nodiscard]] DurationMs expected_wait_ms() const {
    const auto at_once = static_cast<double>(std::max<std::size_t>(limits_.at_once, 1));
    return static_cast<DurationMs>(static_cast<double>(size_) * mean_ms_ / at_once);
  }

 private:
  static constexpr double weight_of_newest = 0.1;

  struct Line {
    std::string client;
    std::deque<T> jobs;  // never empty between two calls
  };

  FairQueueLimits limits_;
  std::list<Line> turns_;  // the first one is next
  std::unordered_map<std::string, typename std::list<Line>::iterator> by_client_;
  std::size_t size_ = 0;
  double mean_ms_ = 0;
};

}  // namespace usher
