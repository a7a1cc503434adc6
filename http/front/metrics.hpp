// What the routes count, and how it is shown: as Prometheus text and as JSON for the operator's
// page. Figures of other layers come in through a function that collects them when they are asked
// for.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher::http {

// One number of another layer (or of the process), as of now.
struct Figure {
  std::string name;  // Prometheus form: usher_journal_appends_total
  std::string help;
  double value = 0;  // of a histogram: the sum of what was seen
  enum class Kind { gauge, counter, histogram } kind = Kind::gauge;
  std::vector<std::pair<std::string, std::string>> labels = {};
  struct Bucket {
    double upper = 0;  // inclusive; infinity in the last one
    std::uint64_t count = 0;
  };
  std::vector<Bucket> buckets = {};  // of a histogram, ascending
};
using CollectFigures = std::function<std::vector<Figure>()>;

// The counters of one route, resolved once when it is added. Any thread.
class RouteMetrics {
 public:
  void count(int status, double seconds);

  struct Summary {
    std::string method;
    std::string pattern;
    std::uint64_t requests = 0;
    std::uint64_t client_errors = 0;
    std::uint64_t server_errors = 0;
    double mean_ms = 0;
    double p50_ms = 0;  // upper bound of its bucket
    double p99_ms = 0;
  };
  [[nodiscard]] Summary summary() const;

 private:
  friend class HttpMetrics;
  std::string method_;
  std::string pattern_;
  // One counter for each status, made when it is first answered.
  static constexpr std::size_t statuses = 500;  // 100 .. 599
  [[nodiscard]] prometheus::Counter& counter_of(std::size_t status);
  [[nodiscard]] std::uint64_t answered(int from, int to) const;

  std::array<std::atomic<prometheus::Counter*>, statuses> by_status_{};
  prometheus::Family<prometheus::Counter>* requests_ = nullptr;
  prometheus::Histogram* seconds_ = nullptr;
};

class HttpMetrics {
 public:
  explicit HttpMetrics(std::shared_ptr<prometheus::Registry> registry);

  // Valid as long as this lives. Not while requests are served.
  [[nodiscard]] RouteMetrics& route(std::string_view method, std::string_view pattern);

  // The registry and the figures in Prometheus' text format.
  [[nodiscard]] std::string as_text(const std::vector<Figure>& figures) const;
  // {"serverTime","figures":[...],"routes":[...]}
  [[nodiscard]] std::string as_json(const std::vector<Figure>& figures, std::int64_t now_ms) const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  std::deque<RouteMetrics> routes_;
};

}  // namespace usher::http
