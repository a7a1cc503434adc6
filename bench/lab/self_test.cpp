#include "bench/lab/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
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
  Story() : evidence_{make_tickets(1), {}, {}}, ticket_(evidence_.before[0]) {}

  Record& call(std::uint32_t client, Deed deed, std::int64_t price = 0) {
    Record record;
    record.client = client;
    record.deed = deed;
    record.start_ns = 10 * ++moment_;
    record.end_ns = record.start_ns + 5;
    record.price = Money{price};
    record.order = OrderId::mint(0, 0, client);
    record.answer = Work{}.serve(ticket_, Call{client, 0, command_of(record), 0});
    evidence_.records.push_back(std::move(record));
    return evidence_.records.back();
  }

  [[nodiscard]] std::vector<std::string> faults(const std::function<void(Evidence&)>& spoil =
                                                    [](Evidence&) {}) const {
    Evidence evidence = evidence_;
    evidence.after = {ticket_};
    spoil(evidence);
    return faults_of(evidence);
  }

 private:
  Evidence evidence_;
  VersionedTicket ticket_;
  std::int64_t moment_ = 0;
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
  expect(story.faults().empty(), "a right history passes");
  using Spoil = std::function<void(Evidence&)>;
  const std::map<std::string, Spoil> lies = {
      {"a lost event", [](Evidence& e) { e.records.erase(e.records.begin()); }},
      {"a version given twice", [](Evidence& e) { e.records.push_back(e.records[0]); }},
      {"a reservation of a held ticket",
       [](Evidence& e) {
         e.records[2].answer = e.records[1].answer;
         e.records[2].answer.version = 4;
         for (std::size_t i = 3; i < e.records.size(); ++i) ++e.records[i].answer.version;
         ++e.after[0].version;
       }},
      {"a read of a price that never was", [](Evidence& e) { ++e.records[3].answer.price.minor; }},
      {"a read that misses the holder", [](Evidence& e) { e.records[3].answer.holder.reset(); }},
      {"a rejection without a reason",
       [](Evidence& e) {
         e.records[2].answer.version = 2;
         e.records[2].start_ns = 0;
       }},
      {"another rejection than the domain's",
       [](Evidence& e) { e.records[2].answer.rejection = Rejection::not_owner; }},
      {"a read of the past",
       [](Evidence& e) {
         e.records[3].answer.version = 2;
         e.records[3].answer.holder.reset();
       }},
      {"a final state that nobody made",
       [](Evidence& e) { ++e.after[0].state.listing.price.minor; }},
      {"a final version that is too low", [](Evidence& e) { --e.after[0].version; }},
      {"an event that is not the domain's",
       [](Evidence& e) {
         std::get<Ticket::Edited>(e.records[0].answer.events[0]).listing.price.minor = 1;
       }},
      {"an aborted call with events", [](Evidence& e) { e.records[0].answer.is_aborted = true; }},
  };
  for (const auto& [what, spoil] : lies)
    expect(!story.faults(spoil).empty(), "the checks find " + what);
  expect(story
             .faults([](Evidence& e) {
               e.records[3].answer.version = 2;
               e.records[3].answer.holder.reset();
               e.records[3].start_ns = 11;  // overlaps with the reservation
             })
             .empty(),
         "a read may see the past as long as the change is not answered");
}

void test_metrics() {
  const std::vector<std::uint64_t> alike = {5, 5, 5, 5}, one_has_all = {20, 0, 0, 0};
  expect(std::abs(jain_index(alike) - 1) < 1e-9, "all alike: Jain's index is 1");
  expect(std::abs(jain_index(one_has_all) - 0.25) < 1e-9, "one of four has all: 1/4");

  std::vector<Record> records(4);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].client = i < 3 ? 0 : 1;
    records[i].start_ns = static_cast<std::int64_t>(i) * 1'000;
    records[i].end_ns = records[i].start_ns + 1'000;
    records[i].is_measured = i > 0;
    records[i].deed = Deed::edit;
    records[i].answer.decides = 2;
  }
  const Metrics m = measure(records, 2);
  expect(m.calls == 3 && m.latency.count() == 3, "the warm-up is not measured");
  expect(m.decides == 6 && m.retries == 3 && std::abs(m.wasted_share - 0.5) < 1e-9,
         "a decide that ran twice was wasted once");
  expect(std::abs(m.window_seconds - 2e-6) < 1e-12 && std::abs(m.calls_per_second - 1e6) < 1,
         "the window ends when the first client is done");
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
    }
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
  if (failed > 0) std::printf("%d expectations failed\n", failed);
  return failed;
}

}  // namespace usher::lab
