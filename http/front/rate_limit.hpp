// How often one client may do something: a token bucket for each address, in a table of bounded
// size. When the table is full the client that has been away longest is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace usher::http {

struct RateLimit {
  double per_second = 0;  // 0: no limit
  double burst = 0;       // what may come at once, at least 1
};

class RateLimiter {
 public:
  RateLimiter(RateLimit limit, std::size_t clients_max)
      : limit_(limit), clients_max_(clients_max) {}

  // nullopt: admitted. Otherwise the whole seconds after which it is worth trying again.
  [[nodiscard]] std::optional<int> refuse(std::string_view client, std::int64_t now_ms);

  [[nodiscard]] std::size_t clients() const;

 private:
  struct Bucket {
    std::string client;
    double tokens = 0;
    std::int64_t filled_at_ms = 0;
  };
  using Buckets = std::list<Bucket>;  // most recent first

  Bucket& bucket_of(std::string_view client, std::int64_t now_ms);

  const RateLimit limit_;
  const std::size_t clients_max_;
  mutable std::mutex mutex_;
  Buckets buckets_;
  std::unordered_map<std::string, Buckets::iterator> by_client_;
};

// Whom to count an address for: an IPv6 client has a whole /64 to itself, so that is one client.
[[nodiscard]] std::string client_key(std::string_view address);

}  // namespace usher::http
