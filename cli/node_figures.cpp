#include "cli/node_figures.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>

#include "actors/market/market.hpp"

namespace usher::cli {
namespace {

using Kind = http::Figure::Kind;

double oldest_unsettled_s(const Runtime& runtime) {
  TimeMs oldest = 0;
  for (const auto& shard : runtime.oldest_shown) {
    const TimeMs since = shard.load(std::memory_order_relaxed);
    if (since != 0 && (oldest == 0 || since < oldest)) oldest = since;
  }
  if (oldest == 0) return 0;
  return static_cast<double>(std::max<TimeMs>(runtime.clock.now_ms() - oldest, 0)) / 1'000;
}

class Figures {
 public:
  template <class T>
  Figures& gauge(std::string name, std::string help, T value) {
    return add(std::move(name), std::move(help), static_cast<double>(value), Kind::gauge);
  }
  template <class T>
  Figures& counter(std::string name, std::string help, T value) {
    return add(std::move(name), std::move(help), static_cast<double>(value), Kind::counter);
  }
  template <std::size_t Bounds, std::size_t Counts>
  Figures& histogram(std::string name, std::string help, double sum,
                     const std::array<double, Bounds>& bounds,
                     const std::array<std::atomic<std::uint64_t>, Counts>& counts) {
    static_assert(Counts == Bounds + 1);
    add(std::move(name), std::move(help), sum, Kind::histogram);
    for (std::size_t i = 0; i < Counts; ++i)
      figures_.back().buckets.push_back(
          {i < Bounds ? bounds[i] : std::numeric_limits<double>::infinity(), counts[i].load()});
    return *this;
  }
  Figures& with_label(std::string name, std::string value) {
    figures_.back().labels.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  std::vector<http::Figure> take() { return std::move(figures_); }

 private:
  Figures& add(std::string name, std::string help, double value, Kind kind) {
    http::Figure figure;
    figure.name = std::move(name);
    figure.help = std::move(help);
    figure.value = value;
    figure.kind = kind;
    figures_.push_back(std::move(figure));
    return *this;
  }
  std::vector<http::Figure> figures_;
};

std::size_t open_files() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  constexpr std::size_t not_files = 3;  // ".", ".." and the folder itself
  return count - not_files;
}

// Seconds since 1970.
double start_time() {
  static const double began = [] {
    std::ifstream file{"/proc/self/stat"}, uptime_file{"/proc/uptime"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    text.erase(0, text.rfind(')') + 1);  // behind the name, which may hold anything
    std::istringstream fields{text};
    std::string skipped;
    constexpr int before = 19;  // proc(5): starttime is field 22, and 2 are gone
    for (int i = 0; i < before; ++i) fields >> skipped;
    double ticks = 0, uptime = 0;
    fields >> ticks;
    uptime_file >> uptime;
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    return now.count() - uptime + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }();
  return began;
}

// What every Prometheus client tells of its process, by the names that dashboards know.
void add_process(Figures& figures) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  std::ifstream memory{"/proc/self/statm"};
  double virtual_pages = 0, resident_pages = 0;
  memory >> virtual_pages >> resident_pages;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  figures
      .counter("process_cpu_seconds_total", "Processor time, of user and system together",
               seconds(usage.ru_utime) + seconds(usage.ru_stime))
      .gauge("process_open_fds", "Open file descriptors", open_files())
      .gauge("process_max_fds", "Most of them that are allowed", files.rlim_cur)
      .gauge("process_virtual_memory_bytes", "Virtual memory", virtual_pages * page)
      .gauge("process_resident_memory_bytes", "Resident memory", resident_pages * page)
      .gauge("process_start_time_seconds", "When it was started, since 1970", start_time());
}

void add_sales(Figures& figures, const Sales& sales) {
  figures
      .counter("usher_tickets_offered_total", "Tickets put up for sale",
               sales.tickets_offered.load())
      .counter("usher_orders_placed_total", "Reservations", sales.orders_placed.load())
      .counter("usher_orders_paid_total", "Sales", sales.orders_paid.load())
      .counter("usher_orders_expired_total", "Reservations that were not paid in time",
               sales.orders_expired.load())
      .counter("usher_orders_cancelled_total", "Reservations given back by their buyers",
               sales.orders_cancelled.load())
      .counter("usher_payments_declined_total", "Charges that the gateway refused",
               sales.payments_declined.load())
      .counter("usher_payments_refunded_total", "Charges given back",
               sales.payments_refunded.load())
      .counter("usher_accounts_created_total", "Sign-ups", sales.accounts.load());
}

void add_commits(Figures& figures, const Gauges& g) {
  std::array<double, Gauges::commit_bounds_us.size()> seconds{};
  for (std::size_t i = 0; i < seconds.size(); ++i)
    seconds[i] = static_cast<double>(Gauges::commit_bounds_us[i]) / 1e6;
  figures.histogram("usher_commit_seconds", "Time of a group commit: write and sync",
                    static_cast<double>(g.commit_us.load()) / 1e6, seconds, g.commit_times);
  // Bucket i of the gauge holds 2^i to 2^(i+1) - 1 events.
  std::array<double, Gauges::commit_size_buckets - 1> events{};
  for (std::size_t i = 0; i < events.size(); ++i)
    events[i] = static_cast<double>((std::uint64_t{2} << i) - 1);
  figures.histogram("usher_commit_events", "Events of a group commit",
                    static_cast<double>(g.committed_records.load()), events, g.commit_sizes);
}

}  // namespace

std::vector<http::Figure> node_figures(const Runtime& runtime, const MarketGauges& g,
                                       const Journal& journal, const http::FrontStats& front,
                                       const Sales& sales) {
  Figures figures;
  figures.gauge("usher_build_info", "1; which version runs", 1)
      .with_label("version", USHER_VERSION);
  for (std::size_t i = 0; i < Gauges::failure_kinds; ++i)
    figures
        .counter("usher_asks_failed_total", "Asks that got no decision (rejections are decisions)",
                 g.asks_failed[i].load())
        .with_label("reason", std::string{name_of(static_cast<Failure>(i))});
  figures.gauge("usher_active_aggregates", "Aggregates in memory", g.active_aggregates.load())
      .gauge("usher_asks_in_flight", "Asks that wait for their answer (mailboxes together)",
             g.asks_in_flight.load())
      .counter("usher_asks_total", "Asks to the market", g.asks.load())
      .counter("usher_activations_total", "Aggregates brought into memory", g.activations.load())
      .counter("usher_passivations_total", "Aggregates sent out of memory", g.passivations.load())
      .counter("usher_commits_total", "Group commits: one sync each", g.commits.load())
      .counter("usher_committed_appends_total", "Appends that became durable",
               g.committed_appends.load())
      .counter("usher_committed_records_total", "Events that became durable",
               g.committed_records.load())
      .counter("usher_commit_seconds_total", "Time in write and sync",
               static_cast<double>(g.commit_us.load()) / 1e6)
      .gauge("usher_append_queue", "Appends that wait for the next commit", g.append_queue.load())
      .counter("usher_appends_refused_total", "Appends with an old version or epoch",
               g.appends_refused.load())
      .gauge("usher_reminders_near", "Reminders held in memory", g.reminders_near.load())
      .gauge("usher_reminders_overdue", "Of these: due for two seconds or more, and not yet done",
             g.reminders_overdue.load())
      .counter("usher_reminders_fired_total", "Reminders that became due", g.reminders_fired.load())
      .counter("usher_gateway_asked_total", "Requests to the payment gateway",
               g.gateway_asked.load())
      .counter("usher_gateway_unknown_total", "Answers of the gateway that say neither yes nor no",
               g.gateway_unknown.load())
      .counter("usher_gateway_misconfigured_total",
               "Answers by which the gateway refuses us, not the card: no payment can be taken",
               g.gateway_misconfigured.load())
      .gauge("usher_oldest_unsettled_payment_seconds",
             "Age of the oldest payment or refund without an outcome; 0: there is none",
             oldest_unsettled_s(runtime))
      .counter("usher_jobs_failed_total", "Jobs of workers that ended by an exception",
               g.jobs_failed.load())
      .counter("usher_jobs_given_up_total", "Jobs of workers that did not come back in time",
               g.jobs_given_up.load())
      .counter("usher_failures_total", "Exceptions that left an actor or a callback",
               g.failures.load())
      .gauge("usher_actor_failed", "1: an actor is gone that nothing goes on without, restart",
             g.actor_failed.load() ? 1 : 0)
      .gauge("usher_reader_queue", "Reads from disk that wait or run", g.reader_queue.load())
      .gauge("usher_password_queue", "Password hashes that wait or run", g.password_queue.load())
      .gauge("usher_gateway_queue", "Gateway requests that wait or run", g.gateway_queue.load())
      .gauge("usher_shards", "Shards of this data directory", runtime.shards.count())
      .gauge("usher_journal_failed", "1: no more writes, restart the node",
             g.journal_failed.load() ? 1 : 0)
      .gauge("usher_journal_bytes", "Size of the store", journal.store().approximate_bytes())
      .gauge("usher_changes_waiting", "Durable changes that are not in the tables yet",
             journal.store().changes_waiting())
      .gauge("usher_feed_end", "Sequence number of the last event", journal.feed_end())
      .gauge("usher_connections", "Open connections", front.connections)
      .gauge("usher_streams", "Open event streams", front.streams)
      .counter("usher_connections_refused_total", "Connections closed by a limit",
               front.connections_refused)
      .counter("usher_requests_refused_total", "Requests refused by a limit of the front",
               front.requests_refused)
      .counter("usher_requests_timed_out_total", "Requests that came too slowly", front.timed_out)
      .counter("usher_streams_overflowed_total", "Streams closed because they read too slowly",
               front.streams_overflowed);
  add_commits(figures, g);
  add_sales(figures, sales);
  add_process(figures);
  return figures.take();
}

}  // namespace usher::cli
