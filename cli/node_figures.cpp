#include "cli/node_figures.hpp"

#include <unistd.h>

#include <fstream>
#include <string>

namespace usher::cli {
namespace {

using Kind = http::Figure::Kind;

double resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  double total_pages = 0, resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
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

}  // namespace

std::vector<http::Figure> node_figures(const Runtime& runtime, const Journal& journal,
                                       const http::FrontStats& front) {
  const auto& g = runtime.gauges;
  Figures figures;
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
      .counter("usher_reminders_fired_total", "Reminders that became due", g.reminders_fired.load())
      .counter("usher_gateway_asked_total", "Requests to the payment gateway",
               g.gateway_asked.load())
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
      .gauge("usher_resident_bytes", "Resident memory of the process", resident_bytes())
      .gauge("usher_connections", "Open connections", front.connections)
      .gauge("usher_streams", "Open event streams", front.streams)
      .counter("usher_connections_refused_total", "Connections closed by a limit",
               front.connections_refused)
      .counter("usher_requests_refused_total", "Requests refused by a limit of the front",
               front.requests_refused)
      .counter("usher_requests_timed_out_total", "Requests that came too slowly", front.timed_out)
      .counter("usher_streams_overflowed_total", "Streams closed because they read too slowly",
               front.streams_overflowed);
  for (std::size_t i = 0; i < Gauges::commit_size_buckets; ++i)
    figures
        .counter("usher_commit_size", "Commits by number of events, in powers of two",
                 g.commit_sizes[i].load())
        .with_label("events_from", std::to_string(std::uint64_t{1} << i));
  return figures.take();
}

}  // namespace usher::cli
