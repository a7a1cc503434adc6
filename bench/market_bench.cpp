// Usher without HTTP: durable reservations of distinct tickets through the market door, with a
// fixed number of asks in flight. The same reservation that pgbench makes in PostgreSQL. Prints
// JSON.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "actors/market/node.hpp"
#include "actors/market/ticket_shop.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/report.hpp"
#include "cli/settings.hpp"
#include "config/config.hpp"
#include "persistence/rocksdb_store.hpp"

namespace {

using namespace usher;
using Steady = std::chrono::steady_clock;

constexpr DurationMs ask_ms_max = 30'000;
constexpr DurationMs hold_ms = 15 * 60 * 1'000;

// Asks in a closed loop: whoever is answered asks the next thing, until `next` has nothing more.
class ClosedLoop {
 public:
  using Asked = std::function<void(bool is_as_wanted)>;
  // Starts one ask and calls `Asked` when it is answered. False: nothing left to ask.
  using Next = std::function<bool(Asked)>;

  explicit ClosedLoop(Next next) : next_(std::move(next)) {}

  // Returns when the last ask has been answered; the number of answers that were not as wanted.
  std::size_t run(std::size_t clients) {
    running_ = clients;
    for (std::size_t i = 0; i < clients; ++i) step();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
    return wrong_;
  }

 private:
  void step() {
    // After a wrong answer the run is worthless; and answers that come at once would nest.
    const bool has_asked = wrong_ == 0 && next_([this](bool is_as_wanted) {
                             if (!is_as_wanted) ++wrong_;
                             step();
                           });
    if (has_asked) return;
    const std::lock_guard lock(mutex_);
    --running_;
    done_.notify_one();
  }

  Next next_;
  std::atomic<std::size_t> wrong_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t running_ = 0;
};

struct Plan {
  std::size_t clients = 64;
  std::size_t tickets = 600'000;
  double warm_up = 1;
  double seconds = 4;
};

Steady::duration seconds(double s) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(s));
}

// As many tickets as can be reserved in the time, found by making them for longer: the first ones
// are slow, while the shards open.
std::vector<TicketId> make_tickets(Market& market, const Plan& plan) {
  constexpr double longer = 3;
  std::vector<TicketId> tickets(plan.tickets);
  std::atomic<std::size_t> taken{0};
  const auto end = Steady::now() + seconds(longer * (plan.warm_up + plan.seconds));
  ClosedLoop loop([&](ClosedLoop::Asked asked) {
    if (Steady::now() >= end) return false;
    const std::size_t i = taken.fetch_add(1);
    if (i >= tickets.size()) return false;
    tickets[i] = market.new_ticket_id();
    const Ticket::Listing listing{{"5f0c5a2b1d3e4f5a6b7c8d9e"},
                                  "Concert at the harbour, row 42 seat " + std::to_string(i),
                                  Money{12'345}};
    market.ask(tickets[i], Ticket::Create{listing},
               {.deadline = market.now() + ask_ms_max, .if_version = {}},
               [asked](const Answered<Seen<Ticket>>& answer) { asked(answer.has_value()); });
    return true;
  });
  if (loop.run(plan.clients) > 0) throw std::runtime_error("a ticket could not be made");
  tickets.resize(std::min(taken.load(), tickets.size()));
  return tickets;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

nlohmann::json reserve(Market& market, const std::vector<TicketId>& tickets, const Plan& plan) {
  std::atomic<std::size_t> taken{0};
  std::mutex mutex;  // of the histogram: one answer at a time is recorded
  bench::Histogram latency;
  const auto start = Steady::now() + seconds(plan.warm_up);
  const auto end = start + seconds(plan.seconds);
  Steady::time_point last = start;
  bool is_measuring = false;
  double cpu_before = 0;
  ClosedLoop loop([&](ClosedLoop::Asked asked) {
    const auto now = Steady::now();
    const std::size_t i = now < end ? taken.fetch_add(1) : tickets.size();
    if (i >= tickets.size()) return false;
    const OrderId order = market.new_order_id(tickets[i].slot());
    const Ticket::Reserve command{order, {"5f0c5a2b1d3e4f5a6b7c8d9f"}, hold_ms};
    market.ask(tickets[i], command, {.deadline = market.now() + ask_ms_max, .if_version = {}},
               [&, asked, order, now](const Answered<Seen<Ticket>>& answer) {
                 const auto answered = Steady::now();
                 if (answered >= start && answered < end) {
                   const std::lock_guard lock(mutex);
                   if (!std::exchange(is_measuring, true)) cpu_before = cpu_seconds();
                   latency.record(static_cast<std::uint64_t>((answered - now).count()));
                   last = answered;
                 }
                 asked(answer && answer->state->hold && answer->state->hold->order == order);
               });
    return true;
  });
  const std::size_t wrong = loop.run(plan.clients);
  if (wrong > 0) throw std::runtime_error(std::to_string(wrong) + " reservations failed");
  const bool ran_dry = taken >= tickets.size();
  if (latency.count() == 0)
    throw std::runtime_error("the tickets were reserved before the warm-up was over");
  const double spent = std::chrono::duration<double>((ran_dry ? last : end) - start).count();
  const double rate = static_cast<double>(latency.count()) / std::max(spent, 1e-9);
  const double cpu = cpu_seconds() - cpu_before;
  return {
      {"reservations_per_second", rate},
      {"seconds", spent},
      {"ran_dry", ran_dry},
      {"cpu_seconds_per_1000", 1'000 * cpu / std::max(1.0, static_cast<double>(latency.count()))},
      {"latency_ms", bench::latency_json(latency)}};
}

template <class T, class E>
T or_throw(tl::expected<T, E> result, const std::string& what) {
  if (!result) throw std::runtime_error(what);
  return std::move(*result);
}

nlohmann::json run(const std::filesystem::path& data, const Config& asked, const Plan& plan) {
  std::filesystem::create_directories(data);
  const Sized sized = or_throw(size_to(asked, this_machine()), "too little for a node");
  const Config& config = sized.config;
  const WallClock clock;
  const auto store =
      or_throw(RocksdbStore::open(data, cli::rocksdb_options(sized)), "the store does not open");
  JournalOptions journal_options;
  journal_options.shard_count = static_cast<ShardNumber>(config.journal.shard_count);
  journal_options.clock_us = [&clock] { return clock.now_us(); };
  journal_options.application = TicketShop::application();
  const auto journal =
      or_throw(Journal::open(*store, journal_options), "the journal does not open");
  const auto gateway = make_sandbox_gateway({});
  const MarketOptions options = cli::runtime_options(config);
  ActorThreads threads{options.scheduler_threads};
  Node node{threads.system(),
            {.clock = clock,
             .journal = *journal,
             .gateway = *gateway,
             .options = options,
             .scrypt = {},
             .id_seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}(),
             .on_committed = {},
             .log = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }}};
  node.start();
  const auto tickets = make_tickets(node.market(), plan);
  nlohmann::json result = reserve(node.market(), tickets, plan);
  result["clients"] = plan.clients;
  result["tickets"] = tickets.size();
  constexpr DurationMs stop_ms_max = 10'000;
  if (!node.stop(stop_ms_max)) throw std::runtime_error("the node did not stop in time");
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path data;
  std::string config_file;
  Plan plan;
  CLI::App app{"market_bench: durable reservations per second, without HTTP"};
  app.add_option("--data", data, "a new folder on the disk to be measured")->required();
  app.add_option("--config", config_file, "Usher's settings; default: those built in");
  app.add_option("--clients", plan.clients, "asks in flight")->check(CLI::PositiveNumber);
  app.add_option("--tickets", plan.tickets, "at most so many are made and reserved");
  app.add_option("--warm-up", plan.warm_up, "seconds");
  app.add_option("--seconds", plan.seconds, "measured");
  CLI11_PARSE(app, argc, argv);
  const auto config = config_file.empty() ? parse_config("", "defaults") : load_config(config_file);
  if (!config) {
    std::fprintf(stderr, "market_bench: %s\n", to_text(config.error()).c_str());
    return 2;
  }
  try {
    std::cout << run(data, *config, plan).dump(1) << std::endl;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "market_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
