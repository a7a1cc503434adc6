#include "tests/consensus/campaign.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace usher::consensus::sim {
namespace {

// Names of counts that came from another process; as literals, they live for ever.
std::string_view kept(const std::string& name) {
  static std::set<std::string> names;
  return *names.insert(name).first;
}

// One line a count, "TIMES NAME"; the seeds' trace and the finding first.
void run_share(const Campaign& campaign, unsigned share, int out) {
  Counts counts;
  u64 trace = 0;
  u64 seeds = 0;
  u64 failed = 0;
  std::string finding;
  for (u64 i = share; i < campaign.seeds && finding.empty(); i += campaign.processes) {
    Plan plan = campaign.plan;
    plan.seed += i;
    const Outcome outcome = run_seed(plan);
    ++seeds;
    trace ^= mix(plan.seed, outcome.trace);
    for (const auto& [what, times] : outcome.counts) counts[what] += times;
    if (outcome.finding.empty()) continue;
    failed = plan.seed;
    finding = outcome.finding;
  }
  std::ostringstream text;
  text << seeds << ' ' << trace << ' ' << failed << '\n' << finding << '\n';
  for (const auto& [what, times] : counts) text << times << ' ' << what << '\n';
  std::string_view rest;
  const std::string all = text.str();
  for (rest = all; !rest.empty();) {
    const auto written = ::write(out, rest.data(), rest.size());
    if (written <= 0) ::_exit(1);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int in) {
  std::string all;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(in, buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  return all;
}

void add_share(Report& report, const std::string& text) {
  std::istringstream in{text};
  u64 seeds = 0;
  u64 trace = 0;
  u64 failed = 0;
  std::string finding;
  in >> seeds >> trace >> failed;
  in.ignore();
  std::getline(in, finding);
  report.seeds += seeds;
  report.trace ^= trace;
  if (!finding.empty() && (report.finding.empty() || failed < report.failed_seed)) {
    report.failed_seed = failed;
    report.finding = finding;
  }
  u64 times = 0;
  for (std::string what; in >> times && in.ignore() && std::getline(in, what);)
    report.counts[kept(what)] += times;
}

}  // namespace

Report run(const Campaign& campaign) {
  const auto began = std::chrono::steady_clock::now();
  struct Child {
    pid_t pid;
    int in;
  };
  std::vector<Child> children;
  std::fflush(nullptr);
  for (unsigned share = 0; share < campaign.processes; ++share) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error{"no process"};
    if (pid == 0) {
      ::close(ends[0]);
      run_share(campaign, share, ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    children.push_back({pid, ends[0]});
  }
  Report report;
  for (const Child& child : children) {
    add_share(report, read_all(child.in));
    ::close(child.in);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    if ((!WIFEXITED(status) || WEXITSTATUS(status) != 0) && report.finding.empty())
      report.finding = "a process has ended before its seeds had";
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report;
}

std::string replay_command(const Plan& plan, u64 seed) {
  std::string command = "./dev sim-consensus --trace --seeds 1 --from " + std::to_string(seed);
  if (plan.kind == CoreKind::alone)
    command += " --alone";
  else if (plan.nodes != Plan{}.nodes)
    command += " --nodes " + std::to_string(plan.nodes);
  if (plan.syncs_are_slow) command += " --slow-syncs";
  if (plan.is_calm) command += " --calm";
  if (!plan.trims) command += " --keep-logs";
  for (const auto& [mutant, name] : mutant_names)
    if (mutant == plan.mutant) command += " --mutation " + std::string{name};
  return command;
}

}  // namespace usher::consensus::sim
