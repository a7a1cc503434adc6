// What the io threads of one front share: options that no longer change, and counts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "http/front/client_address.hpp"
#include "http/front/framing.hpp"
#include "http/front/limits.hpp"
#include "http/front/router.hpp"
#include "http/front/tls.hpp"
#include "http/front/turns.hpp"

namespace usher::http {

// Instead of a route's, of what the front itself has answered: no route has seen it.
inline constexpr std::string_view pattern_of_refusals = "(refused)";

// One answered request, for the access log and the metrics. Views are valid during the call.
struct RequestSeen {
  std::string_view method;   // empty: it was refused before it could be read
  std::string_view pattern;  // of the route: a bounded number of values
  std::string_view target;
  int status = 0;
  std::int64_t duration_us = 0;  // from the end of the request to the end of the answer
  std::size_t bytes_in = 0;      // of the body
  std::size_t bytes_out = 0;     // head and body
  std::string_view client;
  std::string_view id;
};

// Connections of each client. Touched when one opens or closes, not per request.
class ConnectionCounts {
 public:
  // False: the client has too many.
  [[nodiscard]] bool add(const std::string& client, std::size_t connections_max) {
    const std::lock_guard lock(mutex_);
    auto& count = counts_[client];
    if (count >= connections_max) return false;
    ++count;
    return true;
  }
  void remove(const std::string& client) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(client);
    if (--found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

// Counts up to a limit; any thread.
class Gauge {
 public:
  [[nodiscard]] bool try_add(std::size_t limit) {
    if (value_.fetch_add(1, std::memory_order_relaxed) < limit) return true;
    value_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  void subtract() { value_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> value_{0};
};

struct FrontState {
  explicit FrontState(TlsFiles files) : tls(std::move(files)) {}

  FramingLimits framing;
  FrontLimits limits;
  Networks trusted_proxies;
  Router router;
  std::function<void(const RequestSeen&)> on_request;  // may be null; called on io threads
  bool error_codes = true;
  bool names_methods = true;
  TlsContext tls;
  TurnTable::Shares shares;  // of one client on one io thread
  std::size_t handshakes_of_thread_max = 1;

  std::atomic<bool> stopping{false};
  Gauge connections;
  Gauge requests_in_flight;
  Gauge streams;
  ConnectionCounts connections_by_client;
  // Totals since the start.
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> requests_refused{0};  // by a limit of the front, with 429 or 503
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> streams_overflowed{0};
};

}  // namespace usher::http
