// usher-lab: one domain, several ways to keep concurrent calls to a ticket apart, the same
// workloads for all of them. Every run is checked; a wrong one makes the exit status non-zero.
#include <malloc.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/lab/run.hpp"
#include "bench/lab/self_test.hpp"
#include "bench/lab/trace.hpp"

namespace {

using namespace usher::lab;

constexpr int exit_right = 0, exit_wrong_run = 1, exit_usage = 2;

// What the command line says instead of the workload's own.
struct Overrides {
  std::optional<std::size_t> tickets, clients, steps, warm_up;
  std::optional<double> zipf, reads, edits, seconds;
  std::optional<std::uint64_t> think_ns, keep_ns, hold_ns, read_hold_ns;

  void apply_to(Workload& workload) const {
    const auto set = [](auto& value, const auto& given) {
      if (given) value = *given;
    };
    set(workload.tickets, tickets), set(workload.clients, clients);
    set(workload.steps, steps), set(workload.seconds, seconds);
    set(workload.warm_up, warm_up ? warm_up : steps ? std::optional{*steps / 10} : std::nullopt);
    set(workload.zipf, zipf), set(workload.reads, reads), set(workload.edits, edits);
    set(workload.think_ns, think_ns), set(workload.keep_ns, keep_ns);
    set(workload.hold_ns, hold_ns), set(workload.read_hold_ns, read_hold_ns);
  }
};

struct Options {
  std::string strategy, workload = "mixed", trace;
  Overrides overrides;
  std::uint64_t seed = 1;
  bool json = false;
};

// Flat, so that it can be a row of a table.
nlohmann::ordered_json row_of(const Options& options, const Workload& workload, const Run& run) {
  const Metrics& m = run.metrics;
  const auto us = [&](double quantile) {
    return static_cast<double>(m.latency.at(quantile)) / 1e3;
  };
  char digest[17];
  std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(run.plan_digest));
  return {{"strategy", options.strategy},
          {"workload", options.workload},
          {"seed", options.seed},
          {"threads", workload.clients},
          {"tickets", workload.tickets},
          {"zipf", workload.zipf},
          {"reads", workload.reads},
          {"edits", workload.edits},
          {"think_ns", workload.think_ns},
          {"keep_ns", workload.keep_ns},
          {"hold_ns", workload.hold_ns},
          {"read_hold_ns", workload.read_hold_ns},
          {"ops_per_client", workload.steps},
          {"warm_up_per_client", workload.warm_up},
          {"seconds_max", workload.seconds},
          {"plan", digest},
          {"calls", m.calls},
          {"window_seconds", m.window_seconds},
          {"calls_per_second", m.calls_per_second},
          {"p50_us", us(0.5)},
          {"p90_us", us(0.9)},
          {"p99_us", us(0.99)},
          {"p999_us", us(0.999)},
          {"max_us", static_cast<double>(m.latency.max()) / 1e3},
          {"read_calls", m.reads},
          {"accepted", m.accepted},
          {"rejected", m.rejected},
          {"aborted", m.aborted},
          {"decides", m.decides},
          {"retries", m.retries},
          {"wasted_share", m.wasted_share},
          {"fairness", m.fairness},
          {"cpu_us_per_call", run.cpu_us_per_call},
          {"correct", run.faults.empty()}};
}

int run_one(const Options& options) {
  const StrategyKind* strategy = find_strategy(options.strategy);
  if (strategy == nullptr) throw CLI::ValidationError("strategy", "see: usher-lab list");
  const WorkloadKind* known = find_workload(options.workload);
  if (known == nullptr) throw CLI::ValidationError("workload", "see: usher-lab list");
  WorkloadKind workload = *known;
  options.overrides.apply_to(workload.workload);

  const Run result = run(*strategy, workload, options.seed);
  auto row = row_of(options, workload.workload, result);
  if (options.json) {
    row["faults"] = result.faults;
    std::cout << row.dump() << std::endl;
  } else {
    for (const auto& [name, value] : row.items())
      std::printf("%-20s %s\n", name.c_str(), value.dump().c_str());
  }
  for (const std::string& fault : result.faults) std::fprintf(stderr, "WRONG: %s\n", fault.c_str());
  if (!options.trace.empty()) {
    std::ofstream out{options.trace};
    write_trace(result.evidence, out);
    if (!out.flush()) {
      std::fprintf(stderr, "%s cannot be written\n", options.trace.c_str());
      return exit_usage;
    }
  }
  return result.faults.empty() ? exit_right : exit_wrong_run;
}

int list() {
  const auto print = [](std::string_view name, std::string_view meaning) {
    std::printf("  %-12s %s\n", std::string{name}.c_str(), std::string{meaning}.c_str());
  };
  std::puts("strategies:");
  for (const StrategyKind& kind : strategies()) print(kind.name, kind.meaning);
  std::puts("workloads:");
  for (const WorkloadKind& kind : workloads()) print(kind.name, kind.meaning);
  return exit_right;
}

void add_run_options(CLI::App& app, Options& options) {
  Overrides& o = options.overrides;
  app.add_option("--strategy", options.strategy, "see: usher-lab list")->required();
  app.add_option("--workload", options.workload, "what is not given below is as it says")
      ->capture_default_str();
  app.add_option("--threads,--clients", o.clients, "clients, each in a closed loop")
      ->check(CLI::Range(1, 1'024));
  app.add_option("--ops", o.steps, "measured steps of each client")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--seconds", o.seconds,
                 "time limit: the clients go round plans of --ops steps until then")
      ->check(CLI::Range(0.001, 3'600.0));
  app.add_option("--warm-up", o.warm_up, "steps before, of each client; default: a tenth of --ops");
  app.add_option("--tickets", o.tickets)->check(CLI::Range(1, 10'000'000));
  app.add_option("--zipf", o.zipf, "skew of the tickets' popularity; 0: all alike")
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--reads", o.reads, "share of the steps that read")->check(CLI::Range(0.0, 1.0));
  app.add_option("--edits", o.edits, "share of the others that edit; the rest reserves, releases")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--think-ns", o.think_ns, "slept before each step");
  app.add_option("--keep-ns", o.keep_ns, "slept between a reservation and its release");
  app.add_option("--hold-ns", o.hold_ns, "busy inside each decide");
  app.add_option("--read-hold-ns", o.read_hold_ns, "busy inside each read");
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--trace", options.trace, "write the history here (docs/history_format.md)");
  app.add_flag("--json", options.json, "print one line of JSON");
}

}  // namespace

int main(int argc, char** argv) {
  // The kernel may wake sleepers up to 50 us late to save power: longer than most of our pauses.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  // Memory that was freed is used again, and not given back: page faults cost microseconds.
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  Options options;
  CLI::App app{"usher-lab: concurrency strategies on the marketplace's own domain code"};
  app.require_subcommand(1);
  CLI::App* running = app.add_subcommand("run", "one strategy, one workload: measured and checked");
  add_run_options(*running, options);
  CLI::App* listing = app.add_subcommand("list", "name the strategies and the workloads");
  CLI::App* testing = app.add_subcommand("self-test", "do the checks find what is wrong?");
  try {
    app.parse(argc, argv);
    if (*running) return run_one(options);
    if (*listing) return list();
    if (*testing) return self_test() == 0 ? exit_right : exit_wrong_run;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_right : exit_usage;
  }
  return exit_usage;
}
