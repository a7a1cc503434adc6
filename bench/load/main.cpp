// usher-load: drives any server that speaks the marketplace's HTTP contract, on this machine only.
// The signing key of the sessions comes from JWT_KEY; results are one JSON object on stdout.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "bench/load/crowd.hpp"
#include "bench/load/flash_sale.hpp"
#include "bench/load/process_cost.hpp"
#include "bench/load/report.hpp"
#include "bench/load/scenario.hpp"
#include "bench/load/self_test.hpp"

namespace {

using namespace usher::bench;

constexpr int exit_clean = 0, exit_failed_run = 1, exit_usage = 2;

struct Options {
  Target target;
  std::string scenario;
  std::size_t connections = 64;
  std::size_t threads = 1;
  double rate = 0;
  bool even = false;
  double warm_up = 2;
  double seconds = 5;
  std::optional<std::size_t> tickets;
  std::string ids_file;
  Fill filling;
  FlashSale sale;
  std::size_t sales = 5;
  std::uint64_t seed = 1;
  std::vector<pid_t> watch;
  std::string disk;
  bool bearer = false;
  Crowd crowd;
  ScenarioOptions scenario_options;
};

// Thousands of connections need more files than the usual soft limit allows.
void raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::chrono::nanoseconds seconds(double s) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(s * 1e9));
}

World make_world(const Options& options) {
  const char* key = std::getenv("JWT_KEY");
  if (key == nullptr || *key == '\0') throw CLI::ValidationError("JWT_KEY", "must be set");
  const SessionForm form = options.bearer ? SessionForm::bearer : SessionForm::cookie;
  return {.target = options.target,
          .sellers = forge_sessions(key, "seller", seller_count, form),
          .buyers = forge_sessions(key, "buyer", buyer_count, form),
          .tickets = {},
          .seed = options.seed};
}

// Creates what is missing. With a file of ids, the tickets of earlier runs are used again.
bool prepare(World& world, const Options& options, std::size_t needed) {
  if (!options.ids_file.empty() && !load_tickets(world, options.ids_file)) {
    std::fprintf(stderr, "%s is not a file of ticket ids\n", options.ids_file.c_str());
    return false;
  }
  Fill order = options.filling;
  order.count = needed;
  if (!fill(world, order)) return false;
  if (!options.ids_file.empty() && !save_tickets(world, options.ids_file)) {
    std::fprintf(stderr, "%s cannot be written\n", options.ids_file.c_str());
    return false;
  }
  if (world.tickets.size() > needed) world.tickets.resize(needed);
  return true;
}

void print(const nlohmann::json& json) {
  std::cout << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

int finish(nlohmann::json json, const std::vector<std::string>& failures) {
  json["failures"] = failures;
  print(json);
  return failures.empty() ? exit_clean : exit_failed_run;
}

Plan plan_of(const Options& options) {
  Plan plan;
  plan.warm_up = seconds(options.warm_up);
  plan.measured = seconds(options.seconds);
  plan.rate = options.rate;
  plan.poisson = !options.even;
  plan.threads = options.threads;
  plan.seed = options.seed;
  return plan;
}

nlohmann::json describe(const Options& options, const World& world) {
  return {{"scenario", options.scenario}, {"connections", options.connections},
          {"threads", options.threads},   {"rate", options.rate},
          {"warm_up", options.warm_up},   {"tickets", world.tickets.size()},
          {"seed", options.seed}};
}

int run_flash_sale(const Options& options) {
  World world = make_world(options);
  Tally total;
  std::vector<std::string> failures;
  nlohmann::json sales = nlohmann::json::array();
  // Each sale's cost is its own: creating the tickets is not part of it.
  ProcessCost before{}, after{}, start{};
  Plan plan = plan_of(options);
  bool is_warm = false;
  plan.on_measure_start = [&] { start = cost_of(options.watch, options.disk); };
  plan.on_measure_end = [&] {
    const ProcessCost end = cost_of(options.watch, options.disk);
    if (!is_warm) return;
    after.cpu_user_seconds += end.cpu_user_seconds - start.cpu_user_seconds;
    after.cpu_system_seconds += end.cpu_system_seconds - start.cpu_system_seconds;
    after.accounted_write_bytes += end.accounted_write_bytes - start.accounted_write_bytes;
    after.disk_write_bytes += end.disk_write_bytes - start.disk_write_bytes;
    after.resident_bytes = end.resident_bytes;
    after.threads = end.threads;
    after.processes = end.processes;
  };
  // The first sale warms up: it must be right as well, but its times do not count.
  for (std::size_t i = 0; i <= options.sales; ++i) {
    is_warm = i > 0;
    const SaleResult sale = hold_sale(world, options.sale, plan, options.connections);
    for (const std::string& problem : sale.problems) failures.push_back(problem);
    for (const std::string& failure : failures_of(sale.tally)) failures.push_back(failure);
    if (!failures.empty()) break;
    if (!is_warm) continue;
    total.merge(sale.tally);
    total.seconds += sale.seconds;
    sales.push_back({{"winners", sale.winners},
                     {"seconds", sale.seconds},
                     {"sold_out_seconds", sale.sold_out_seconds}});
  }
  nlohmann::json json = describe(options, world);
  json.update(tally_json(total, {"order"}));
  json["sales"] = sales;
  if (!options.watch.empty()) json["cost"] = cost_json(before, after, total);
  return finish(std::move(json), failures);
}

int run_scenario(const Options& options) {
  if (options.scenario == flash_sale_name) return run_flash_sale(options);
  const ScenarioKind* kind = find_scenario(options.scenario);
  if (kind == nullptr) throw CLI::ValidationError("scenario", "unknown: " + options.scenario);
  World world = make_world(options);
  if (!prepare(world, options, options.tickets.value_or(kind->tickets))) return exit_failed_run;
  if (kind->tickets > 0 && world.tickets.empty()) return exit_failed_run;

  const auto scenario = kind->make(world, options.scenario_options);
  std::vector<std::unique_ptr<Script>> scripts;
  for (std::size_t i = 0; i < options.connections; ++i) scripts.push_back(scenario->client(i));
  ProcessCost before, after;
  Plan plan = plan_of(options);
  plan.labels = scenario->labels();
  plan.on_measure_start = [&] { before = cost_of(options.watch, options.disk); };
  plan.on_measure_end = [&] { after = cost_of(options.watch, options.disk); };
  const Tally tally = run(world.target, scripts, plan);

  std::vector<std::string> failures = failures_of(tally);
  for (const std::string& problem : scenario->problems()) failures.push_back(problem);
  nlohmann::json json = describe(options, world);
  json.update(tally_json(tally, scenario->labels()));
  if (!options.watch.empty()) json["cost"] = cost_json(before, after, tally);
  return finish(std::move(json), failures);
}

int run_fill(const Options& options) {
  World world = make_world(options);
  const auto start = std::chrono::steady_clock::now();
  const bool is_done = prepare(world, options, options.tickets.value_or(100'000));
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  print({{"tickets", world.tickets.size()}, {"seconds", took}});
  return is_done ? exit_clean : exit_failed_run;
}

int run_hold(const Options& options) {
  World world = make_world(options);
  if (!prepare(world, options, 1)) return exit_failed_run;
  const nlohmann::json json = hold(world, options.crowd);
  print(json);
  return json["failures"].empty() ? exit_clean : exit_failed_run;
}

int run_list() {
  for (const ScenarioKind& kind : scenario_kinds())
    std::printf("%-18s %s\n", std::string(kind.name).c_str(), std::string(kind.meaning).c_str());
  std::printf("%-18s 10,000 buyers after 100 tickets; exactly 100 may win\n",
              std::string(flash_sale_name).c_str());
  return exit_clean;
}

void add_target(CLI::App& app, Options& options) {
  app.add_option("--host", options.target.host, "a loopback address")
      ->check([](const std::string& host) {
        return is_loopback(host) ? std::string{} : std::string{"only loopback addresses"};
      });
  app.add_option("--port", options.target.port)->required();
  app.add_option("--tickets", options.tickets, "how many tickets the scenario works on");
  app.add_option("--ids", options.ids_file, "keep the tickets' ids here for later runs");
  app.add_option("--fill-seconds", options.filling.seconds_max, "create tickets for at most this");
  app.add_option("--fill-connections", options.filling.connections);
  app.add_option("--seed", options.seed);
  app.add_flag("--bearer", options.bearer, "send the session as a bearer token, not a cookie");
}

}  // namespace

int main(int argc, char** argv) {
  raise_file_limit();
  Options options;
  CLI::App app{"usher-load: a load generator for the ticket marketplace's HTTP contract"};
  app.require_subcommand(1);

  CLI::App* run = app.add_subcommand("run", "drive one scenario and print what was measured");
  run->add_option("scenario", options.scenario, "see: usher-load list")->required();
  add_target(*run, options);
  run->add_option("--connections", options.connections)->check(CLI::PositiveNumber);
  run->add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  run->add_option("--rate", options.rate,
                  "operations per second; latency counts from when each was due. 0: closed loop");
  run->add_flag("--even", options.even, "at a fixed rate: evenly spaced instead of at random");
  run->add_option("--warm-up", options.warm_up, "seconds");
  run->add_option("--seconds", options.seconds, "measured seconds")->check(CLI::PositiveNumber);
  run->add_option("--watch", options.watch, "process ids whose trees' CPU and disk are counted");
  run->add_option("--disk", options.disk, "a folder on the disk whose writes are counted");
  run->add_option("--path", options.scenario_options.path, "of the scenario constant");
  run->add_option("--zipf", options.scenario_options.zipf_exponent);
  run->add_option("--buyers", options.sale.buyers, "of a flash sale");
  run->add_option("--on-sale", options.sale.tickets, "tickets of a flash sale");
  run->add_option("--sales", options.sales, "flash sales, behind one that warms up");

  CLI::App* filling = app.add_subcommand("fill", "create tickets and keep their ids");
  add_target(*filling, options);

  CLI::App* holding = app.add_subcommand("hold", "hold idle connections and event streams");
  add_target(*holding, options);
  holding->add_option("--idle", options.crowd.idle);
  holding->add_option("--streams", options.crowd.streams);
  holding->add_option("--sources", options.crowd.sources, "loopback addresses to come from")
      ->check(CLI::Range(1, 250));
  holding->add_option("--probe-seconds", options.crowd.probe_seconds);
  holding->add_option("--seconds", options.crowd.seconds_max);

  CLI::App* list = app.add_subcommand("list", "name the scenarios");
  CLI::App* testing = app.add_subcommand("self-test", "check the loader itself");

  try {
    app.parse(argc, argv);
    if (*run) return run_scenario(options);
    if (*filling) return run_fill(options);
    if (*holding) return run_hold(options);
    if (*list) return run_list();
    if (*testing) return self_test() == 0 ? exit_clean : exit_failed_run;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_clean : exit_usage;
  }
  return exit_usage;
}
