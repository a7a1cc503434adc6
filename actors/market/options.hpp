// What the shop adds to the settings and figures of the runtime.
#pragma once

#include "actors/runtime/runtime.hpp"

namespace usher {

// The defaults are the settings' (config/config.hpp), which a test compares.
struct MarketOptions : RuntimeOptions {
  DurationMs settle_retry_ms_min = 1'000;  // as reminder_retry_ms_*, for asking the gateway again
  DurationMs settle_retry_ms_max = 60'000;
  std::size_t password_workers = 1;
  std::size_t password_queue_max = 10'000;   // jobs: past it overloaded
  DurationMs password_wait_ms_max = 15'000;  // likewise, at once
  std::size_t gateway_workers = 8;
  std::size_t gateway_queue_max = 1'024;
  // A payment without an outcome is asked for again under its key, which the gateway forgets; from
  // `look_up_after_ms` on it is looked up first, and after the key's life it is only looked up.
  DurationMs look_up_after_ms = 60'000;
  DurationMs gateway_key_life_ms = 23 * 3'600'000;
  // How long a charge may be missing from what the gateway says of its charges: so long after the
  // last attempt "nothing known" means that nothing was charged.
  DurationMs look_up_lag_ms = 3'600'000;
  std::size_t search_rows_max = 100'000;  // rows that one search looks at
  bool operator==(const MarketOptions&) const = default;
};

struct MarketGauges : Gauges {
  std::atomic<std::uint64_t> gateway_asked{0};
  std::atomic<std::uint64_t> gateway_unknown{0};        // answers that say neither yes nor no
  std::atomic<std::uint64_t> gateway_misconfigured{0};  // the gateway refuses us, not the card
  std::atomic<std::int64_t> gateway_asking{0};          // payments that are being asked about now
  std::atomic<std::int64_t> password_queue{0};
  std::atomic<std::int64_t> gateway_queue{0};
};

}  // namespace usher
