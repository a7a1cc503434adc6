#include "tests/sim/campaign.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <limits>
#include <new>
#include <span>

#include "base/invariant.hpp"
#include "tests/sim/mutations.hpp"

namespace usher::sim {
namespace {

constexpr test::Seed no_seed = std::numeric_limits<test::Seed>::max();
constexpr unsigned processes_max = 64;

// Shared by all processes of a campaign.
struct Shared {
  std::atomic<test::Seed> lowest_failure{no_seed};
  std::atomic<test::Seed> running[processes_max];
};

// One seed's outcome on its way to the parent; small enough for one atomic write to a pipe.
struct Line {
  test::Seed seed;
  Counts counts;
  char check[16];
  char what[1024];
};
static_assert(sizeof(Line) <= PIPE_BUF && std::is_trivially_copyable_v<Line>);

template <std::size_t size>
void copy_text(const std::string& text, char (&out)[size]) {
  out[text.copy(out, size - 1)] = '\0';
}

void keep_lowest(std::atomic<test::Seed>& lowest, test::Seed seed) {
  auto known = lowest.load();
  while (seed < known && !lowest.compare_exchange_weak(known, seed)) {
  }
}

void drop_stderr() {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
}

// A seed higher than one that has failed already needs no run: so the lowest one is found for sure.
void run_share(const Campaign& campaign, unsigned share, Shared& shared, int out) {
  for (std::uint64_t i = share; i < campaign.seeds; i += campaign.processes) {
    Plan plan = campaign.plan;
    plan.seed += i;
    if (plan.seed > shared.lowest_failure) return;
    shared.running[share] = plan.seed;
    const auto outcome = simulate(plan);
    Line line{};
    line.seed = plan.seed;
    line.counts = outcome.counts;
    copy_text(outcome.finding.check, line.check);
    copy_text(outcome.finding.what, line.what);
    if (!outcome.is_clean()) keep_lowest(shared.lowest_failure, plan.seed);
    if (::write(out, &line, sizeof line) != ssize_t{sizeof line}) return;
  }
  shared.running[share] = no_seed;
}

class Progress {
 public:
  explicit Progress(const Campaign& campaign) : campaign_(campaign) {}
  void show(std::uint64_t done, double seconds, bool is_last) {
    if (!campaign_.shows_progress || (!is_last && seconds - shown_at_ < 0.2)) return;
    shown_at_ = seconds;
    constexpr std::uint64_t width = 30;
    const auto filled = done * width / std::max<std::uint64_t>(campaign_.seeds, 1);
    std::string bar(filled, '#');
    bar.resize(width, '-');
    std::fprintf(stderr, "\r[%s] %llu of %llu seeds, %.0f a minute%s", bar.c_str(),
                 static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(campaign_.seeds),
                 static_cast<double>(done) / std::max(seconds, 1e-3) * 60, is_last ? "\n" : "");
    std::fflush(stderr);
  }

 private:
  const Campaign& campaign_;
  double shown_at_ = 0;
};

// Whole lines only; false: every writer is gone.
bool read_line(int in, Line& line) {
  std::size_t have = 0;
  while (have < sizeof line) {
    const auto got = ::read(in, reinterpret_cast<char*>(&line) + have, sizeof line - have);
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

Report run(const Campaign& wanted) {
  Campaign campaign = wanted;
  campaign.processes = std::clamp(campaign.processes, 1u, processes_max);
  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  INVARIANT(memory != MAP_FAILED && ::pipe(ends) == 0);
  auto& shared = *new (memory) Shared;

  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (unsigned share = 0; share < campaign.processes; ++share) {
    shared.running[share] = no_seed;
    const pid_t child = ::fork();
    INVARIANT(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      // A node that stops itself is a finding; the test's own handler would report it as a crash.
      ::signal(SIGABRT, SIG_DFL);
      if (campaign.is_quiet) drop_stderr();
      run_share(campaign, share, shared, ends[1]);
      ::_exit(0);
    }
    children.push_back(child);
  }
  ::close(ends[1]);

  Report report;
  Progress progress{campaign};
  const auto fail = [&](test::Seed seed, Finding finding) {
    if (!report.failure || seed < report.failure->seed)
      report.failure = Report::Failure{seed, std::move(finding)};
  };
  for (Line line; read_line(ends[0], line);) {
    ++report.seeds;
    report.counts += line.counts;
    if (line.check[0] != '\0') fail(line.seed, {line.check, line.what});
    progress.show(report.seeds, elapsed(), false);
  }
  for (unsigned share = 0; share < campaign.processes; ++share) {
    int status = 0;
    ::waitpid(children[share], &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    ++report.seeds;
    fail(shared.running[share], {"invariant", "the node has stopped itself"});
  }
  ::close(ends[0]);
  ::munmap(memory, sizeof(Shared));
  report.seconds = elapsed();
  progress.show(report.seeds, report.seconds, true);
  return report;
}

std::vector<std::string> last_lines(const Plan& plan, std::size_t lines_max) {
  int ends[2];
  INVARIANT(::pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  INVARIANT(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    drop_stderr();
    Plan readable = plan;
    readable.sink = [&](const std::string& line) {
      const std::string text = line + '\n';
      if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(1);
    };
    const auto outcome = simulate(readable);
    ::_exit(outcome.is_clean() ? 0 : 1);
  }
  ::close(ends[1]);
  std::deque<std::string> lines;
  std::string rest;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    rest.append(buffer, static_cast<std::size_t>(got));
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      lines.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
      if (lines.size() > lines_max) lines.pop_front();
    }
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return {lines.begin(), lines.end()};
}

std::string replay_command(const Plan& plan) {
  std::string command = "usher-sim --from " + std::to_string(plan.seed) + " --seeds 1 --steps " +
                        std::to_string(plan.steps);
  if (plan.mutation != 0)
    command += " --mutation " + std::string{name_of(static_cast<Mutation>(plan.mutation))};
  return command + " --trace";
}

}  // namespace usher::sim
