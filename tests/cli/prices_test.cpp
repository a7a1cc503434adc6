// Which prices may be offered: the settings', and what the gateway can charge.
#include <doctest/doctest.h>

#include "actors/market/workers/stripe_amounts.hpp"
#include "cli/label.hpp"
#include "cli/settings.hpp"
#include "persistence/memory_store.hpp"

using namespace usher;

namespace {

http::ValidationLimits prices(const Config& config) {
  const auto limits = stripe_limits(*find_currency(config.payments.currency));
  return cli::route_options(config, Secrets{}, "key", limits).validation;
}

}  // namespace

TEST_CASE("a price that the gateway could not charge is not offered") {
  Config config;
  CHECK(prices(config).price_minor_min == 50);
  CHECK(prices(config).price_minor_max == 99'999'999);
  config.payments.amount_minor_min = 75;
  config.tickets.price_minor_max = 1'000;
  CHECK(prices(config).price_minor_min == 75);
  CHECK(prices(config).price_minor_max == 1'000);
  config.payments.currency = "kwd";
  CHECK(prices(config).price_minor_step == 10);
  CHECK(prices(config).currency.decimals == 3);
}

TEST_CASE("the course profile asks no gateway what a price may be") {
  const auto loaded = load_config(std::string{USHER_SOURCE_DIR} + "/config/course.toml");
  REQUIRE(loaded);
  CHECK(prices(*loaded).price_minor_min == 1);
  CHECK(prices(*loaded).price_minor_max == 9'007'199'254'740'991);
  CHECK(prices(*loaded).price_minor_step == 1);
}

TEST_CASE("limits that leave no price are refused at the start") {
  Config config;
  const auto limits = stripe_limits(usd);
  CHECK_FALSE(cli::fault_of_prices(config, limits));
  config.tickets.price_minor_max = 49;
  REQUIRE(cli::fault_of_prices(config, limits));
  CHECK(cli::fault_of_prices(config, limits)->find("50") != std::string::npos);
  config.payments.amount_minor_min = 49;
  CHECK_FALSE(cli::fault_of_prices(config, limits));
  config.payments.amount_minor_min = 0;
  config.payments.amounts = "any";
  CHECK_FALSE(cli::fault_of_prices(config, limits));
  // No multiple of ten between them.
  config.payments = {};
  config.payments.amount_minor_min = 11;
  config.tickets.price_minor_max = 19;
  CHECK(cli::fault_of_prices(config, stripe_limits(*find_currency("kwd"))));
}

TEST_CASE("a directory from before there were labels holds hundredths, so it opens in no yen") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  const Currency &jpy = *find_currency("jpy"), &kwd = *find_currency("kwd");
  const Currency& eur = *find_currency("eur");
  for (const auto& currency : {jpy, kwd, eur, usd}) CHECK(cli::check_currency(store, currency));
  JournalOptions options;
  options.shard_count = 4;
  options.clock_us = [] { return CommitStamp{}; };
  options.application = {"tickets"};
  REQUIRE(Journal::open(store, options));
  CHECK(cli::check_currency(store, usd));
  CHECK(cli::check_currency(store, eur));
  CHECK_FALSE(cli::check_currency(store, jpy));
  CHECK_FALSE(cli::check_currency(store, kwd));
  options.label = cli::label_of(usd);
  REQUIRE(Journal::open(store, options));
  CHECK(cli::check_currency(store, usd));
  // From here on the journal compares.
  options.label = cli::label_of(eur);
  CHECK_FALSE(Journal::open(store, options));
}
