#include "tests/sim/http/http_simulation.hpp"

#include <exception>
#include <memory>
#include <optional>

#include "actors/market/node.hpp"
#include "actors/market/ticket_shop.hpp"
#include "persistence/journal.hpp"
#include "persistence/memory_store.hpp"
#include "tests/sim/describe.hpp"
#include "tests/sim/disk_checks.hpp"
#include "tests/sim/ending.hpp"
#include "tests/sim/gateway.hpp"
#include "tests/sim/http/http_clients.hpp"
#include "tests/sim/http/memory_front.hpp"
#include "tests/sim/leftovers.hpp"
#include "tests/sim/mutations.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/weather.hpp"
#include "tests/sim/world.hpp"

namespace usher::sim {
namespace {

// What the gateway says by itself comes to the market, not to a route, and a refund that it refuses
// is the operator's: the other simulation's part.
GatewayMoods without_messages(GatewayMoods moods) {
  moods.calls_back = 0;
  moods.captures_after_refusal = 0;
  moods.refuses_after_capture = 0;
  moods.refund_refuses = 0;
  return moods;
}

// No key is forgotten before its payment has ended: what comes then is the operator's, likewise.
MarketOptions with_lasting_keys(MarketOptions options) {
  options.gateway_key_life_ms = MarketOptions{}.gateway_key_life_ms;
  return options;
}

class HttpSimulation {
 public:
  explicit HttpSimulation(const HttpPlan& plan)
      : plan_(plan),
        trace_(plan.sink),
        dice_(plan.seed * 0x9E3779B97F4A7C15ULL + 3),
        world_(trace_, describe),
        oracle_(findings_),
        weather_(draw_weather(dice_)),
        options_(with_lasting_keys(draw_options(dice_))),
        gateway_(oracle_, trace_, dice_, without_messages(weather_.gateway),
                 [this] { return world_.steady_ms(); }),
        clients_(oracle_, trace_, dice_, world_.clock(), plan.mutation),
        ending_(oracle_, ShardMap{options_.shard_count}),
        mutant_(plan.actor_mutation, oracle_, world_.clock(), [this] { return journal_.get(); }) {
    oracle_.let_the_node_draw_ids();
    gateway_.know_after(options_.look_up_lag_ms / 2);
    if (plan.actor_mutation != 0)
      world_.tap([this](const caf::actor& receiver, caf::mailbox_element& message) {
        mutant_.tap(receiver, message);
      });
  }

  HttpOutcome run() {
    disk_->on_write([this](const WriteBatch&) { return std::exchange(fail_next_, std::nullopt); });
    try {
      start();
      for (std::size_t step = 0; step < plan_.steps && !findings_.any(); ++step) {
        step_ = step;
        one_step();
      }
      if (!findings_.any()) settle();
      if (!findings_.any()) check_the_end();
    } catch (const std::exception& error) {
      // A body that is not what it should be does not even parse.
      findings_.report("P6", std::string{"an answer cannot be read: "} + error.what());
    }
    if (node_) stop_abruptly();
    return outcome();
  }

 private:
  void start() {
    ++incarnation_;
    trace_.note("start", {incarnation_},
                [&] { return "START incarnation " + std::to_string(incarnation_); });
    store_ = std::make_unique<MemoryStore>(disk_);
    JournalOptions journal;
    journal.application = TicketShop::application();
    journal.shard_count = options_.shard_count;
    journal.clock_us = [this] { return world_.clock().now_us(); };
    auto opened = Journal::open(*store_, std::move(journal));
    if (!opened) return findings_.report("P2", "the journal does not open: " + opened.error());
    journal_ = *std::move(opened);
    oracle_.restarted();
    oracle_.check_nothing_lost(*journal_);
    observe();
    node_ = std::make_unique<Node>(world_.actors(),
                                   NodeParts{.clock = world_.clock(),
                                             .journal = *journal_,
                                             .gateway = gateway_,
                                             .options = options_,
                                             .scrypt = {.n = 16, .r = 1, .p = 1},
                                             .id_seed = plan_.seed * 1'000 + incarnation_,
                                             .on_committed = [](auto) {},
                                             .log = {}});
    node_->start();
    front_ = std::make_unique<MemoryFront>(node_->market(), clients_.options());
    clients_.connect(*front_);
    restart_at_ = 0;
    ending_.forget();
  }

  // The power is gone: between two messages, with requests half sent and answers half written.
  void stop_abruptly() {
    clients_.cut();
    world_.crash();
    mutant_.crashed();
    front_.reset();  // with the coroutines that wait: what they ask is gone
    node_.reset();
    journal_.reset();
    store_.reset();
    fail_next_.reset();
  }

  void restart(const std::string& why) {
    trace_.note("crash", {}, [&] { return "CRASH: " + why; });
    ++counts_.crashes;
    stop_abruptly();
    if (dice_.one_in(3)) check_disk(disk_, findings_);
    if (dice_.one_in(2)) world_.pass(dice_.between(0, dice_.one_in(2) ? 2'000 : 100'000));
    if (!findings_.any()) start();
  }

  void one_step() {
    if (node_->gauges().journal_failed && restart_at_ == 0)
      restart_at_ = step_ + 1 + dice_.below(60);
    if (restart_at_ > 0 && step_ >= restart_at_) return restart("the journal has failed");
    if (happens(weather_.crashes)) return restart("kill -9");
    if (happens(weather_.fails)) {
      ++counts_.failed_writes;
      const bool kept = dice_.one_in(2);
      trace_.note("fail", {kept}, [] { return std::string{"FAULT: the next write fails"}; });
      fail_next_ = kept ? MemoryDisk::Outcome::kept : MemoryDisk::Outcome::lost;
      return;
    }
    if (dice_.one_in(weather_.acts)) return act();
    if (dice_.one_in(weather_.passes)) return pass_some();
    if (run_one()) return;
    dice_.one_in(4) ? pass_some() : act();
  }

  bool happens(std::size_t rate) { return rate > 0 && dice_.one_in(rate); }

  void act() {
    clients_.act();
    answer();
  }

  // Until every coroutine waits for the market again; what they have said is judged at once.
  void answer() {
    front_->run();
    clients_.hear();
    front_->run();  // a next page may have been asked for
  }

  bool run_one() {
    if (!world_.run_one(dice_)) return false;
    ++counts_.turns;
    observe();
    answer();
    return true;
  }

  void pass_some() {
    const auto timer = world_.next_timer();
    const auto ms = timer && !dice_.one_in(3) ? *timer : dice_.between(1, 2'000);
    trace_.note("pass", {static_cast<std::uint64_t>(ms)},
                [&] { return "time: " + std::to_string(ms) + " ms pass"; });
    world_.pass(ms);
  }

  void observe() {
    if (journal_->feed_end() == oracle_.seen()) return;
    const auto records = journal_->read_feed(oracle_.seen(), 10'000);
    if (!records) return findings_.report("P2", "the feed cannot be read");
    for (const auto& fed : *records) {
      oracle_.see(fed);
      trace_.note("record", {fed.seq}, [&] { return "    durable: " + describe(fed); });
      if (findings_.any()) return;
    }
    oracle_.commit_done();
  }

  // Faults cease and time goes on: everything has to come to its end, and be answered.
  void settle() {
    constexpr int rounds_max = 120;
    trace_.note("settle", {}, [] { return std::string{"SETTLE: no more faults"}; });
    gateway_.heal();
    fail_next_.reset();
    if (node_->gauges().journal_failed || restart_at_ > 0) restart("before the end");
    for (int round = 0; round < rounds_max && !findings_.any(); ++round) {
      finish_turns();
      if (ending_.unsettled().empty() && clients_.waiting() == 0) return;
      world_.pass(round % 4 == 3 ? 61'000 : 1'100);
    }
    if (findings_.any()) return;
    if (const auto what = ending_.unsettled(); !what.empty()) findings_.report("P4", what);
    clients_.check_none_waits("in the end");
  }

  void finish_turns() {
    constexpr int turns_max = 200'000;
    for (int turn = 0; !findings_.any() && run_one(); ++turn)
      if (turn > turns_max) return findings_.report("P8", "the actors keep each other busy");
  }

  void check_the_end() {
    for (int round = 0; round < 3 && !findings_.any(); ++round) {
      clients_.read_everything();
      answer();
      finish_turns();
    }
    if (findings_.any()) return;
    clients_.check_none_waits("in the end");
    clients_.check_keys();
    gateway_.check_books();
    check_leftovers();
    stop_abruptly();
    check_disk(disk_, findings_);
  }

  void check_leftovers() {
    world_.pass(options_.passivate_idle_ms);
    for (int tick = 0; tick < 4; ++tick) {
      world_.pass(1'100);
      finish_turns();
    }
    const auto what = left_over(*node_, *journal_, world_);
    if (!what.empty()) findings_.report("P8", "after everything has ended, " + what);
  }

  HttpOutcome outcome() {
    const auto& clients = clients_.counts();
    counts_.requests = clients.requests;
    counts_.pieces = clients.pieces;
    counts_.lost = clients.lost;
    counts_.repeats = clients.repeats;
    counts_.statuses = clients.statuses;
    counts_.records = oracle_.seen();
    counts_.orders = oracle_.all<Order>().size();
    for (const auto& [id, states] : oracle_.all<Order>())
      if (states.back()->status == Order::Status::complete) ++counts_.sales;
    return {findings_.first(), counts_, trace_.hash()};
  }

  const HttpPlan plan_;
  Findings findings_;
  Trace trace_;
  Dice dice_;
  World world_;
  Oracle oracle_;
  Weather weather_;
  MarketOptions options_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  LedgerGateway gateway_;
  HttpClients clients_;
  Ending ending_;
  Mutant mutant_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<MemoryFront> front_;
  std::uint64_t incarnation_ = 0;
  std::size_t step_ = 0;
  std::size_t restart_at_ = 0;
  std::optional<MemoryDisk::Outcome> fail_next_;
  HttpCounts counts_;
};

}  // namespace

HttpCounts& HttpCounts::operator+=(const HttpCounts& other) {
  requests += other.requests;
  pieces += other.pieces;
  lost += other.lost;
  repeats += other.repeats;
  crashes += other.crashes;
  failed_writes += other.failed_writes;
  records += other.records;
  orders += other.orders;
  sales += other.sales;
  turns += other.turns;
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  return *this;
}

HttpOutcome simulate_http(const HttpPlan& plan) { return HttpSimulation{plan}.run(); }

}  // namespace usher::sim
