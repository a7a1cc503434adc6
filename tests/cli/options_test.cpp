// The settings are the one source of defaults: what tests and the simulation run by default is what
// a server runs.
#include <doctest/doctest.h>

#include "cli/settings.hpp"

using namespace usher;

TEST_CASE("the options' defaults are those of the settings") {
  const MarketOptions made = cli::runtime_options(Config{});
  MarketOptions expected;
  // By the machine, where the setting is 0.
  expected.scheduler_threads = made.scheduler_threads;
  CHECK(Config{}.actors.active_aggregates_max == 0);
  expected.active_aggregates_max = 0;
  CHECK((made == expected));
}

TEST_CASE("the longest wait for the gateway is the wait for nothing else") {
  Config config;
  config.payments.settle_retry_ms_max = 5'000;
  const auto options = cli::runtime_options(config);
  CHECK(options.settle_retry_ms_max == 5'000);
  CHECK(options.reminder_retry_ms_max == MarketOptions{}.reminder_retry_ms_max);
}
