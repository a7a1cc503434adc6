#include "tests/sim/simulation.hpp"

#include <caf/send.hpp>
#include <memory>
#include <optional>

#include "actors/market/node.hpp"
#include "actors/market/ticket_shop.hpp"
#include "actors/runtime/messages.hpp"
#include "persistence/journal.hpp"
#include "persistence/memory_store.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/describe.hpp"
#include "tests/sim/disk_checks.hpp"
#include "tests/sim/ending.hpp"
#include "tests/sim/gateway.hpp"
#include "tests/sim/leftovers.hpp"
#include "tests/sim/mutations.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/weather.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/fickle_core.hpp"

namespace usher::sim {
namespace {

// Longer than anybody waits, with every jump of the clock added.
constexpr DurationMs patience_ms = 3'600'000;
// More than all jumps of a run come to.
constexpr DurationMs jumps_ms_max = 12 * 3'600'000;

class Simulation {
 public:
  explicit Simulation(const Plan& plan)
      : plan_(plan),
        trace_(plan.sink),
        dice_(plan.seed * 0x9E3779B97F4A7C15ULL + 1),
        world_(trace_, describe),
        oracle_(findings_),
        weather_(draw_weather(dice_)),
        options_(draw_options(dice_)),
        gateway_(oracle_, trace_, dice_, weather_.gateway, [this] { return world_.steady_ms(); }),
        clients_(oracle_, trace_, dice_, draw_clients(dice_)),
        ending_(oracle_, ShardMap{options_.shard_count}),
        live_per_buyer_max_(plan.seed % 3 == 0 ? 2 : 0),
        mutant_(plan.mutation, oracle_, world_.clock(), [this] { return journal_.get(); }),
        mutant_gateway_(gateway_, plan.mutation, world_.clock()) {
    // Its keys live a little longer than the node believes; by a wall clock that jumps, than the
    // jumps can make of it.
    gateway_.forget_after(options_.gateway_key_life_ms +
                          (weather_.jumps > 0 ? jumps_ms_max : DurationMs{1}));
    gateway_.know_after(options_.look_up_lag_ms / 2);
    if (weather_.has_others) {
      others_ = std::make_shared<test::FickleCluster>(plan.seed);
      others_->commits = weather_.commits;
      others_->at_once = weather_.commits_at_once;
      others_->deposes = weather_.leader_falls;
      others_->other_acts = weather_.other_acts;
      others_->led_meanwhile = weather_.led_meanwhile;
      oracle_.has_others();
      others_->says_too_early = mutant_.is(Mutation::apply_uncommitted);
    }
    if (plan.mutation != 0)
      world_.tap([this](const caf::actor& receiver, caf::mailbox_element& message) {
        mutant_.tap(receiver, message);
      });
  }

  Outcome run() {
    disk_->on_write([this](const WriteBatch&) { return std::exchange(fail_next_, std::nullopt); });
    start();
    for (; step_ < plan_.steps && !findings_.any(); ++step_) step();
    if (!findings_.any()) settle();
    if (!findings_.any()) check_the_end();
    if (node_) stop_abruptly();
    return outcome();
  }

 private:
  // ---- the node's life

  void start() {
    trace_.note("start", {incarnation_}, [&] {
      return "START incarnation " + std::to_string(incarnation_) + " at " +
             std::to_string(world_.clock().now_ms());
    });
    store_ = std::make_unique<MemoryStore>(disk_);
    auto opened = Journal::open(*store_, journal_options());
    if (!opened) return findings_.report("P2", "the journal does not open: " + opened.error());
    journal_ = *std::move(opened);
    oracle_.restarted();
    oracle_.check_nothing_lost(*journal_);
    observe();
    node_ = std::make_unique<Node>(world_.actors(),
                                   NodeParts{.clock = world_.clock(),
                                             .journal = *journal_,
                                             .gateway = mutant_gateway_,
                                             .options = options_,
                                             .scrypt = {.n = 16, .r = 1, .p = 1},
                                             .live_per_buyer_max = live_per_buyer_max_,
                                             .id_seed = plan_.seed * 1'000 + incarnation_,
                                             .on_committed = [this](auto fed) { check_feed(fed); },
                                             .log = {},
                                             .core = core()});
    // A start waits until all shards are led.
    if (others_) others_->is_calm = true;
    node_->start();
    if (others_) others_->is_calm = is_settling_;
    mutant_.reach(node_->gauges());
    ++incarnation_;
    restart_at_ = 0;
    slow_until_.reset();
    ending_.forget();
    published_ = journal_->feed_end();
  }

  std::shared_ptr<consensus::ConsensusCore> core() {
    if (!others_) return nullptr;
    return std::make_shared<test::FickleCore>(others_);
  }

  // The power is gone: between two messages, whatever they were.
  void stop_abruptly() {
    clients_.cut(true);
    world_.crash();
    mutant_.crashed();
    node_.reset();
    clients_.cut(false);
    clients_.check_none_waits("though the node is gone and took every callback with it");
    journal_.reset();
    store_.reset();
    fail_next_.reset();
  }

  void restart(const std::string& why) {
    trace_.note("crash", {}, [&] { return "CRASH: " + why; });
    ++counts_.crashes;
    stop_abruptly();
    if (dice_.one_in(3)) check_disk(disk_, findings_);
    if (dice_.one_in(2)) pass(dice_.between(0, dice_.one_in(2) ? 2'000 : 100'000));
    if (!findings_.any()) start();
  }

  // As Node::stop does it, but one message at a time: nothing may be left unanswered.
  void stop_in_order() {
    trace_.note("stop", {}, [&] { return std::string{"STOP"}; });
    ++counts_.stops;
    const auto& runtime = node_->runtime();
    for (const auto& shard : runtime.shard_actors) caf::anon_send(shard, Stop{});
    // As long as a caller may wait for a payment, by a clock that may have been set back.
    drain(patience_ms);
    caf::anon_send(runtime.outside, Stop{});
    caf::anon_send(runtime.readers, Stop{});
    caf::anon_send(runtime.journal_actor, Stop{});
    drain(0);
    clients_.check_none_waits("after an orderly stop");
    if (!findings_.any()) restart("the end of an orderly stop");
  }

  // Everybody finishes; timers up to `wait_ms` from now fire.
  void drain(DurationMs wait_ms) {
    const TimeMs until = world_.clock().now_ms() + wait_ms;
    end_slowness();
    while (!findings_.any()) {
      if (run_one()) continue;
      if (clients_.waiting() == 0 || world_.clock().now_ms() >= until) return;
      pass(std::max<DurationMs>(world_.next_timer().value_or(1'000), 1));
    }
  }

  // ---- steps

  bool one_in(std::size_t rate) { return rate > 0 && dice_.one_in(rate); }

  void step() {
    mind_the_disk();
    if (restart_at_ > 0 && step_ >= restart_at_) return restart("the journal has failed");
    if (one_in(weather_.crashes)) return crash_somehow();
    if (one_in(weather_.fails)) {
      const bool kept = dice_.one_in(2);
      trace_.note("fail", {kept}, [&] {
        return std::string{"FAULT: the next write fails and is "} + (kept ? "kept" : "lost");
      });
      ++counts_.failed_writes;
      fail_next_ = kept ? MemoryDisk::Outcome::kept : MemoryDisk::Outcome::lost;
      return;
    }
    if (one_in(weather_.slow)) return slow_down();
    if (one_in(weather_.jumps)) {
      const auto ms = dice_.between(-300'000, 300'000);
      trace_.note("jump", {static_cast<std::uint64_t>(ms)},
                  [&] { return "FAULT: the wall clock jumps by " + std::to_string(ms) + " ms"; });
      ++counts_.jumps;
      world_.jump(ms);
      return pass(0);
    }
    // With others nobody appends behind the back of the core.
    if (!others_ && one_in(weather_.deposes)) return depose();
    if (one_in(weather_.stops)) return stop_in_order();
    if (dice_.one_in(weather_.acts)) return act();
    if (dice_.one_in(weather_.passes)) return pass_some();
    if (run_one()) return;
    const bool is_well = !others_ && !slow_until_ && !node_->gauges().journal_failed;
    if (is_well) check_quiet();
    if (is_well && weather_.jumps == 0) ending_.check_quiet(world_.clock().now_ms());
    dice_.one_in(4) ? pass_some() : act();
  }

  bool run_one() {
    if (!world_.run_one(dice_)) return false;
    ++turns_;
    observe();
    return true;
  }

  void act() {
    if (dice_.one_in(10)) return clients_.deliver(node_->market(), gateway_);
    if (weather_.operator_acts > 0 && dice_.one_in(weather_.operator_acts))
      return clients_.settle_by_hand(node_->market(), gateway_);
    clients_.act(node_->market());
  }

  void pass_some() {
    const auto timer = world_.next_timer();
    // The core's ticks are many.
    if (timer && (others_ ? dice_.one_in(3) : !dice_.one_in(3))) return pass(*timer);
    pass(dice_.between(1, dice_.one_in(4) ? 30'000 : 2'000));
  }
  void pass(DurationMs ms) {
    latest_ = std::max(latest_, world_.clock().now_ms() + ms);
    trace_.note("pass", {static_cast<std::uint64_t>(ms)},
                [&] { return "time: " + std::to_string(ms) + " ms pass"; });
    world_.pass(ms);
  }

  // ---- what goes wrong

  void crash_somehow() {
    // The last write may be under way when the power goes: it is on the disk, or it is not, and
    // nobody was told.
    if (dice_.one_in(3)) {
      const bool kept = dice_.one_in(2);
      fail_next_ = kept ? MemoryDisk::Outcome::kept : MemoryDisk::Outcome::lost;
      for (int turn = 0; turn < 200 && !node_->gauges().journal_failed; ++turn)
        if (!run_one()) break;
      if (findings_.any()) return;
    }
    restart("kill -9");
  }

  // The journal actor gets no turn, as if its sync did not come back.
  void slow_down() {
    if (slow_until_) return;
    const auto ms = dice_.between(1, 20'000);
    trace_.note("slow", {static_cast<std::uint64_t>(ms)},
                [&] { return "FAULT: the disk hangs for " + std::to_string(ms) + " ms"; });
    ++counts_.slow_disks;
    world_.hold_back(node_->runtime().journal_actor);
    slow_until_ = world_.clock().now_ms() + ms;
  }

  void mind_the_disk() {
    auto& gauges = node_->gauges();
    if (slow_until_ && world_.clock().now_ms() >= *slow_until_) end_slowness();
    // The sync is under way since it had something to write.
    if (slow_until_ && gauges.commit_began_ms == 0 && world_.is_held_back_waiting())
      gauges.commit_began_ms = std::max<DurationMs>(world_.steady_ms(), 1);
    // Reads go on for a while; then the supervisor restarts the process.
    if (gauges.journal_failed && restart_at_ == 0) restart_at_ = step_ + 1 + dice_.below(60);
  }

  void end_slowness() {
    if (slow_until_) node_->gauges().commit_began_ms = 0;
    slow_until_.reset();
    world_.release();
  }

  // A newer incarnation of a shard begins elsewhere; the one here does not know.
  void depose() {
    const auto shard = static_cast<ShardNumber>(dice_.below(options_.shard_count));
    trace_.note("depose", {shard},
                [&] { return "FAULT: shard " + std::to_string(shard) + " is deposed"; });
    const auto epoch = journal_->begin_epoch(shard);
    if (epoch) {
      ++counts_.deposed;
      oracle_.fence(shard, *epoch);
      mutant_.deposed(shard, *epoch);
    }
    if (restart_at_ == 0) restart_at_ = step_ + 30 + dice_.below(60);
  }

  // ---- checks

  // What has become durable in this step.
  void observe() {
    if (others_ && !others_->broken.empty())
      return findings_.report("consensus",
                              "the core was asked for what cannot be: " + others_->broken);
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

  // The feed hears of every commit once, in order, and only of what is durable.
  void check_feed(const std::vector<FeedRecord>& batch) {
    for (const auto& fed : batch) {
      if (fed.seq != published_ + 1)
        return findings_.report("reads", "the feed goes on with " + describe(fed) + " after seq " +
                                             std::to_string(published_));
      published_ = fed.seq;
      if (!oracle_.is_durable(fed))
        return findings_.report("P2",
                                "the feed shows what the journal does not have: " + describe(fed));
    }
  }

  // Nobody has anything to do.
  void check_quiet() {
    const auto wrong = wrong_while_quiet(*node_, *journal_, clients_.waiting());
    if (!wrong.empty()) findings_.report("P8", "in a quiet moment, " + wrong);
  }

  // ---- the end

  // Faults cease and time goes on: everything has to come to its end.
  void settle() {
    constexpr int rounds_max = 40;
    trace_.note("settle", {}, [] { return std::string{"SETTLE: no more faults"}; });
    gateway_.heal();
    is_settling_ = true;
    if (others_) others_->is_calm = true;
    fail_next_.reset();
    end_slowness();
    if (node_->gauges().journal_failed || restart_at_ > 0) restart("before the end");
    // A wall clock that was set back delays what was due by its old time until it is there again.
    const TimeMs horizon = latest_;
    for (int round = 0; round < rounds_max && !findings_.any();) {
      finish_turns();
      for (auto left = gateway_.outbox().size(); left > 0 && !findings_.any(); --left) {
        clients_.deliver(node_->market(), gateway_);
        finish_turns();
      }
      clients_.settle_by_hand(node_->market(), gateway_, /*all_refunds=*/true);
      finish_turns();
      if (ending_.unsettled().empty() && gateway_.outbox().empty() && clients_.waiting() == 0)
        return;
      pass(round % 4 == 3 ? 61'000 : 1'100);
      if (world_.clock().now_ms() > horizon) ++round;
    }
    if (findings_.any()) return;
    if (const auto what = ending_.unsettled(); !what.empty()) findings_.report("P4", what);
    clients_.check_none_waits("in the end");
  }

  void finish_turns() {
    constexpr std::uint64_t turns_max = 200'000;
    const auto most = turns_ + turns_max;
    while (!findings_.any() && run_one())
      if (turns_ > most) findings_.report("P8", "the actors keep each other busy without end");
  }

  // With others, what is proposed takes time.
  void finish_commits() {
    constexpr int ticks_max = 100;
    finish_turns();
    for (int i = 0; others_ && clients_.waiting() > 0 && i < ticks_max; ++i) {
      pass(50);
      finish_turns();
    }
  }

  // A shard that was deposed just before all became calm is led again by the core's next ticks.
  void lead_again() {
    constexpr int ticks = 20;
    for (int i = 0; others_ && i < ticks && !findings_.any(); ++i) {
      pass(50);
      finish_turns();
    }
  }

  void check_the_end() {
    clients_.read_everything(node_->market());
    finish_commits();
    for (int i = 0; i < 6; ++i) clients_.list(node_->market());
    finish_commits();
    clients_.check_none_waits("in the end");
    gateway_.check_books();
    lead_again();
    // With others a reservation of which nobody knew may have been cut off: the door, which never
    // hears of it, keeps its buyer's place (seed 8343; decision 14, what is not done).
    if (live_per_buyer_max_ > 0 && !others_)
      clients_.reserve_as_many(node_->market(), live_per_buyer_max_, [this] { finish_commits(); });
    // With others a far deadline may be read later than it is stored.
    if (!findings_.any() && !others_) check_leftovers();
    stop_abruptly();
    check_disk(disk_, findings_);
    // What was synced last may have been a commit that nobody waited for.
    if (!findings_.any() && !others_ && dice_.one_in(10))
      check_that_loss_is_seen(disk_, journal_options(), findings_);
    for (const auto& [id, states] : oracle_.all<Order>()) {
      if (states.back()->status == Order::Status::complete) ++counts_.sales;
      for (const auto& payment : states.back()->payments)
        if (payment.status == Order::PaymentStatus::refunded) ++counts_.refunds;
    }
  }

  void check_leftovers() {
    pass(options_.passivate_idle_ms);
    for (int tick = 0; tick < 4; ++tick) {
      pass(1'100);
      finish_turns();
    }
    const auto what = left_over(*node_, *journal_, world_);
    if (!what.empty()) findings_.report("P8", "after everything has ended, " + what);
  }

  Outcome outcome() {
    const auto& asks = clients_.counts();
    counts_.steps = step_ + turns_;
    counts_.records = oracle_.seen();
    counts_.asks = asks.asked;
    counts_.accepted = asks.accepted;
    counts_.rejected = asks.rejected;
    counts_.failed = asks.failed;
    counts_.cut_off = asks.cut_off;
    counts_.orders = oracle_.all<Order>().size();
    counts_.charges = gateway_.ledger().size();
    if (others_) {
      counts_.commits_later = others_->commits_later;
      counts_.falls = others_->depositions;
      counts_.cuts = others_->entries_cut;
    }
    return {findings_.first(), counts_, trace_.hash()};
  }

  JournalOptions journal_options() {
    JournalOptions options;
    options.application = TicketShop::application();
    options.shard_count = options_.shard_count;
    options.version_cache_entries = dice_.one_in(2) ? 2 : 1'000;
    options.clock_us = [this] { return world_.clock().now_us(); };
    return options;
  }

  const Plan plan_;
  Findings findings_;
  Trace trace_;
  Dice dice_;
  World world_;
  Oracle oracle_;
  Weather weather_;
  MarketOptions options_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  LedgerGateway gateway_;
  Clients clients_;
  Ending ending_;
  const std::size_t live_per_buyer_max_;  // 0: no limit
  Mutant mutant_;
  MutantGateway mutant_gateway_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Node> node_;
  std::uint64_t incarnation_ = 1;
  std::size_t step_ = 0;
  std::uint64_t turns_ = 0;
  TimeMs latest_ = 0;           // that the wall clock has ever shown
  std::size_t restart_at_ = 0;  // the step in which the failed node is restarted; 0: it has not
  std::optional<TimeMs> slow_until_;
  std::optional<MemoryDisk::Outcome> fail_next_;
  FeedSeq published_ = 0;                        // by this incarnation
  std::shared_ptr<test::FickleCluster> others_;  // null: the node is alone
  bool is_settling_ = false;
  Counts counts_;
};

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  steps += other.steps;
  crashes += other.crashes;
  failed_writes += other.failed_writes;
  slow_disks += other.slow_disks;
  jumps += other.jumps;
  stops += other.stops;
  deposed += other.deposed;
  records += other.records;
  asks += other.asks;
  accepted += other.accepted;
  rejected += other.rejected;
  failed += other.failed;
  cut_off += other.cut_off;
  orders += other.orders;
  sales += other.sales;
  refunds += other.refunds;
  charges += other.charges;
  commits_later += other.commits_later;
  falls += other.falls;
  cuts += other.cuts;
  return *this;
}

Outcome simulate(const Plan& plan) { return Simulation{plan}.run(); }

}  // namespace usher::sim
