#include "bench/lab/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iterator>
#include <string>

#include "bench/lab/run.hpp"

namespace usher::lab {
namespace {

int failed = 0;

void expect(bool holds, const std::string& what) {
  std::printf("%s %s\n", holds ? "ok    " : "FAILED", what.c_str());
  if (!holds) ++failed;
}

// ---- histories written by hand: one ticket, calls one after the other unless said otherwise

class Story {
 public:
  Story() : ticket_(make_tickets(1)[0]) {}

  void call(std::uint16_t client, Deed deed, std::int64_t price = 0) {
    Record record;
    record.client = client;
    record.deed = deed;
    record.start_ns = 10 * (std::ssize(records_) + 1);
    record.end_ns = record.start_ns + 5;
    record.price = price;
    record.order = order_id(client, 0);
    const Answer answer =
        Work{}.serve(ticket_, Call{client, 0, command_of(record), moment_of(record)});
    record.version = static_cast<std::uint32_t>(answer.version);
    record.rejection = answer.rejection;
    record.events = static_cast<std::uint8_t>(answer.events.size());
    record.events_digest = digest_of(answer.events);
    if (deed == Deed::read) record.price = answer.price.minor;
    if (deed == Deed::read) record.order = answer.holder.value_or(OrderId{});
    records_.push_back(record);
  }

  using Spoil = std::function<void(Records&, VersionedTicket& after)>;
  [[nodiscard]] std::vector<std::string> faults(const Spoil& spoil) const {
    Evidence evidence{make_tickets(1), {records_}, {ticket_}};
    spoil(evidence.records[0], evidence.after[0]);
    return faults_of(evidence);
  }

 private:
  VersionedTicket ticket_;
  Records records_;
};

Story day_of_a_ticket() {
  Story story;
  story.call(0, Deed::edit, 500);
  story.call(1, Deed::reserve);
  story.call(2, Deed::reserve);  // rejected
  story.call(0, Deed::read);
  story.call(1, Deed::release);
  story.call(2, Deed::reserve);
  story.call(0, Deed::edit, 700);  // rejected
  return story;
}

void test_checker() {
  const Story story = day_of_a_ticket();
  expect(story.faults([](auto&, auto&) {}).empty(), "a right history passes");
  // Each lie, and a part of what the checks have to say about it.
  struct Lie {
    std::string what, found_as;
    Story::Spoil spoil;
  };
  const std::vector<Lie> lies = {
      {"a lost event", "is missing", [](Records& r, auto&) { r.erase(r.begin()); }},
      {"a version given twice", "given twice", [](Records& r, auto&) { r.push_back(r[0]); }},
      {"a reservation of a held ticket", "two orders hold",
       [](Records& r, VersionedTicket& after) {
         r[2].rejection.reset();
         r[2].events = 1;
         for (std::size_t i = 2; i < r.size(); ++i) ++r[i].version;
         ++after.version;
       }},
      {"a price that never was", "shows what", [](Records& r, auto&) { ++r[3].price; }},
      {"a read that misses the holder", "shows what",
       [](Records& r, auto&) { r[3].order = OrderId{}; }},
      {"a rejection without a reason", "the domain accepts it",
       [](Records& r, auto&) { r[2].version = 2, r[2].start_ns = 0; }},
      {"another rejection than the domain's", "the domain rejects it",
       [](Records& r, auto&) { r[2].rejection = Rejection::not_owner; }},
      {"a read of the past", "had been answered",
       [](Records& r, auto&) { r[3].version = 2, r[3].order = OrderId{}; }},
      {"a change that came before what was answered before it", "had been answered",
       [](Records& r, auto&) { r[0].start_ns = 100, r[0].end_ns = 105; }},
      {"a final state that nobody made", "not what its events make",
       [](auto&, VersionedTicket& after) { ++after.state.listing.price.minor; }},
      {"a final version that is too low", "events were accepted",
       [](auto&, VersionedTicket& after) { --after.version; }},
      {"an event that is not the domain's", "not those of the domain",
       [](Records& r, auto&) { ++r[0].events_digest; }},
      {"an aborted call with events", "aborted, but with events",
       [](Records& r, auto&) { r[0].is_aborted = true; }},
  };
  for (const Lie& lie : lies) {
    const auto faults = story.faults(lie.spoil);
    expect(!faults.empty() && faults[0].find(lie.found_as) != std::string::npos,
           "the checks find " + lie.what + ": " + (faults.empty() ? "nothing" : faults[0]));
  }
  expect(story
             .faults([](Records& r, auto&) {
               r[3].version = 2, r[3].order = OrderId{};
               r[3].start_ns = r[1].start_ns;  // overlaps with the reservation
             })
             .empty(),
         "a read may see the past as long as the change is not answered");

  Ticket::Reserved reserved{{{"seller"}, "title", Money{5}}, order_id(1, 2), {"buyer"}, 7, 9};
  const auto digest = digest_of({reserved});
  expect(digest == digest_of({reserved}), "equal events have equal digests");
  ++reserved.deadline;
  expect(digest != digest_of({reserved}), "another deadline has another digest");
}

void test_metrics() {
  const std::vector<std::uint64_t> alike = {5, 5, 5, 5}, one_has_all = {20, 0, 0, 0};
  expect(std::abs(jain_index(alike) - 1) < 1e-9, "all alike: Jain's index is 1");
  expect(std::abs(jain_index(one_has_all) - 0.25) < 1e-9, "one of four has all: 1/4");

  Records records(4);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].client = i < 3 ? 0 : 1;
    records[i].start_ns = static_cast<std::int64_t>(i) * 1'000;
    records[i].end_ns = records[i].start_ns + 1'000;
    records[i].is_measured = i > 0;
    records[i].deed = Deed::edit;
    records[i].decides = 2;
  }
  const Evidence evidence{{}, {records}, {}};
  const Metrics m = measure(evidence, 2, 0);
  expect(m.calls == 3 && m.latency.count() == 3, "the warm-up is not measured");
  expect(m.decides == 6 && m.retries == 3 && std::abs(m.wasted_share - 0.5) < 1e-9,
         "a decide that ran twice was wasted once");
  expect(std::abs(m.window_seconds - 2e-6) < 1e-12 && std::abs(m.calls_per_second - 1e6) < 1,
         "without a time limit the window ends when the first client is done");
  const Metrics limited = measure(evidence, 2, 5'000);
  expect(std::abs(limited.window_seconds - 4e-6) < 1e-12 && std::abs(limited.fairness - 0.9) < 1e-9,
         "with a time limit the window ends there");
}

// ---- real runs

WorkloadKind crowd(std::string_view name) {
  WorkloadKind workload = *find_workload(name);
  workload.workload.clients = 4;
  workload.workload.tickets = 3;
  workload.workload.steps = 2'000;
  workload.workload.warm_up = 100;
  workload.workload.think_ns = workload.workload.keep_ns = 0;
  return workload;
}

// A scheduler may spare a broken strategy for once, but not every time.
bool is_found(const StrategyKind& strategy, const WorkloadKind& workload) {
  constexpr std::uint64_t seeds = 20;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (!run(strategy, workload, seed).faults.empty()) return true;
  return false;
}

void test_strategies() {
  for (const WorkloadKind& known : workloads()) {
    const WorkloadKind workload = crowd(known.name);
    for (const StrategyKind& strategy : strategies()) {
      const std::string what = std::string{strategy.name} + ", " + std::string{known.name};
      if (strategy.is_broken) {
        // Without commands that are accepted nothing can get lost.
        if (workload.workload.reads < 0.5)
          expect(is_found(strategy, workload), what + ": the checks find it");
        continue;
      }
      const Run result = run(strategy, workload, 7);
      expect(result.faults.empty(),
             what + ": right" + (result.faults.empty() ? "" : ": " + result.faults[0]));
      expect(result.plan_digest == digest_of(draw_plans(workload, 7)), what + ": as planned");
    }
  }
}

void test_time_limit() {
  WorkloadKind workload = crowd("mixed");
  workload.workload.steps = 100;  // so that every client goes round its plan
  workload.workload.seconds = 0.05;
  for (const StrategyKind& strategy : strategies()) {
    if (strategy.is_broken) continue;
    const Run result = run(strategy, workload, 7);
    expect(result.faults.empty() && result.metrics.calls > 4 * 100 &&
               result.metrics.window_seconds <= workload.workload.seconds,
           std::string{strategy.name} + ", with a time limit: right");
  }
}

void test_plans() {
  const WorkloadKind workload = crowd("mixed");
  expect(draw_plans(workload, 3) == draw_plans(workload, 3), "a seed draws the same plans again");
  expect(draw_plans(workload, 3) != draw_plans(workload, 4), "another seed draws others");
  const auto plans = draw_plans(workload, 3);
  expect(plans[0] != plans[1], "each client has a plan of its own");
}

}  // namespace

int self_test() {
  test_checker();
  test_metrics();
  test_plans();
  test_strategies();
  test_time_limit();
  if (failed > 0) std::printf("%d expectations failed\n", failed);
  return failed;
}

}  // namespace usher::lab
