// The shop over HTTP, simulated: deterministic, finds nothing in the front as it is, and finds
// every defect that stands between a client and the routes, or behind them.
#include <doctest/doctest.h>

#include <sstream>

#include "tests/sim/http/http_simulation.hpp"
#include "tests/sim/http/wire.hpp"
#include "tests/sim/mutations.hpp"

using namespace usher;
using namespace usher::sim;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr test::Seed seeds_clean = 300;
#else
constexpr test::Seed seeds_clean = 3'000;
#endif
constexpr test::Seed seeds_to_find = 2'000;

std::string readable(HttpPlan plan) {
  std::string trace;
  plan.sink = [&](const std::string& line) { trace += line + '\n'; };
  const auto outcome = simulate_http(plan);
  return trace + outcome.finding.check + ": " + outcome.finding.what + ' ' +
         std::to_string(outcome.trace_hash);
}

std::string last_lines(const std::string& text, std::size_t count) {
  auto at = text.size();
  for (; count > 0 && at != std::string::npos && at > 0; --count) at = text.rfind('\n', at - 1);
  return at == std::string::npos ? text : text.substr(at);
}

struct Found {
  test::Seed seed = 0;
  Finding finding;
};

std::optional<Found> find(HttpPlan plan) {
  for (plan.seed = 1; plan.seed <= seeds_to_find; ++plan.seed)
    if (const auto outcome = simulate_http(plan); !outcome.is_clean())
      return Found{plan.seed, outcome.finding};
  return std::nullopt;
}

}  // namespace

TEST_CASE("over HTTP the same seed gives the same bytes and the same trace") {
  for (test::Seed seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const auto first = readable({.seed = seed});
    CHECK(first.size() > 10'000);
    CHECK(first == readable({.seed = seed}));
  }
  CHECK(simulate_http({.seed = 1}).trace_hash != simulate_http({.seed = 2}).trace_hash);
}

TEST_CASE("over HTTP no seed finds anything, and everything has happened") {
  HttpCounts counts;
  for (test::Seed seed = 1; seed <= seeds_clean; ++seed) {
    const auto outcome = simulate_http({.seed = seed});
    if (!outcome.is_clean())
      FAIL("seed " << seed << "\n" << last_lines(readable({.seed = seed}), 60));
    counts += outcome.counts;
  }
  CHECK(counts.requests > seeds_clean * 50);
  CHECK(counts.pieces > counts.requests * 2);
  CHECK(counts.crashes > seeds_clean);
  for (const auto happened : {counts.lost, counts.repeats, counts.sales, counts.orders})
    CHECK(happened > seeds_clean / 2);
  CHECK(counts.failed_writes > seeds_clean / 20);
  for (const int status : {200, 201, 204, 400, 401, 402, 404, 412, 503}) {
    CAPTURE(status);
    CHECK(counts.statuses[status] > seeds_clean / 20);
  }
  std::ostringstream statuses;
  for (const auto& [status, count] : counts.statuses) statuses << ", " << status << ": " << count;
  MESSAGE(seeds_clean << " seeds, " << counts.requests << " requests in " << counts.pieces
                      << " pieces, " << counts.lost << " lost, " << counts.repeats << " repeated, "
                      << counts.crashes << " crashes, " << counts.records << " records, "
                      << counts.sales << " sales" << statuses.str());
}

TEST_CASE("over HTTP every mutation is caught") {
  std::ostringstream table;
  table << "| mutation | caught by | after seeds | what was found |\n|---|---|---|---|\n";
  const auto try_one = [&](std::string_view name, HttpPlan plan) {
    CAPTURE(name);
    const auto found = find(plan);
    CHECK(found.has_value());
    if (found)
      table << "| " << name << " | " << found->finding.check << " | " << found->seed << " | "
            << found->finding.what << " |\n";
  };
  for (int number = 1; number <= http_mutation_count; ++number)
    try_one(name_of(static_cast<HttpMutation>(number)), {.mutation = number});
  // Behind the routes: what the actors do wrong shows in what clients are told.
  for (const auto mutation :
       {Mutation::reply_before_append, Mutation::ignore_if_version, Mutation::lose_rows,
        Mutation::read_uncommitted, Mutation::sell_twice, Mutation::failed_is_refused})
    try_one(name_of(mutation), {.actor_mutation = static_cast<int>(mutation)});
  MESSAGE(table.str());
}
