#include "http/front/rate_limit.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cmath>

namespace usher::http {

std::optional<int> RateLimiter::refuse(std::string_view client, std::int64_t now_ms) {
  if (limit_.per_second <= 0) return std::nullopt;
  const std::lock_guard lock{mutex_};
  Bucket& bucket = bucket_of(client, now_ms);
  const double burst = std::max(1.0, limit_.burst);
  // A clock that was set back must not take tokens away.
  const auto passed_ms =
      static_cast<double>(std::max(std::int64_t{0}, now_ms - bucket.filled_at_ms));
  bucket.tokens = std::min(burst, bucket.tokens + passed_ms * limit_.per_second / 1000);
  bucket.filled_at_ms = now_ms;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  const double wait_s = std::ceil((1 - bucket.tokens) / limit_.per_second);
  return static_cast<int>(std::clamp(wait_s, 1.0, 3600.0));
}

RateLimiter::Bucket& RateLimiter::bucket_of(std::string_view client, std::int64_t now_ms) {
  std::string key = client_key(client);
  const auto known = by_client_.find(key);
  if (known != by_client_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known->second);
    return buckets_.front();
  }
  if (!buckets_.empty() && buckets_.size() >= clients_max_) {
    by_client_.erase(buckets_.back().client);
    buckets_.pop_back();
  }
  buckets_.push_front({key, std::max(1.0, limit_.burst), now_ms});
  by_client_.emplace(std::move(key), buckets_.begin());
  return buckets_.front();
}

std::size_t RateLimiter::clients() const {
  const std::lock_guard lock{mutex_};
  return buckets_.size();
}

std::string client_key(std::string_view address) {
  asio::error_code error;
  const auto parsed = asio::ip::make_address(std::string{address}, error);
  if (error || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return std::string{address};
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6{bytes}.to_string();
}

}  // namespace usher::http
