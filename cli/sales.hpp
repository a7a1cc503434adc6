// What the shop did since the start, counted where its events are published: for metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "persistence/journal.hpp"

namespace usher::cli {

struct Sales {
  std::atomic<std::uint64_t> tickets_offered{0};
  std::atomic<std::uint64_t> orders_placed{0};
  std::atomic<std::uint64_t> orders_paid{0};
  std::atomic<std::uint64_t> orders_expired{0};
  std::atomic<std::uint64_t> orders_cancelled{0};  // by their buyers
  std::atomic<std::uint64_t> payments_declined{0};
  std::atomic<std::uint64_t> payments_refunded{0};
  std::atomic<std::uint64_t> accounts{0};

  void count(const std::vector<FeedRecord>& committed);
};

}  // namespace usher::cli
