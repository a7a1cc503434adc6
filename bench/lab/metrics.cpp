#include "bench/lab/metrics.hpp"

#include <algorithm>
#include <limits>

namespace usher::lab {

double jain_index(std::span<const std::uint64_t> shares) {
  double sum = 0, sum_of_squares = 0;
  for (const std::uint64_t share : shares) {
    const auto x = static_cast<double>(share);
    sum += x;
    sum_of_squares += x * x;
  }
  if (sum_of_squares == 0) return 1;
  return sum * sum / (static_cast<double>(shares.size()) * sum_of_squares);
}

Metrics measure(const Evidence& evidence, std::size_t clients, std::int64_t window_end_ns) {
  Metrics metrics;
  std::int64_t first_start = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> last_end(clients, 0);
  std::uint64_t thrown_away = 0;
  for_each_record(evidence, [&](const Record& record) {
    if (!record.is_measured) return;
    ++metrics.calls;
    metrics.reads += record.deed == Deed::read ? 1 : 0;
    metrics.accepted += record.is_accepted() ? 1 : 0;
    metrics.rejected += record.rejection ? 1 : 0;
    metrics.aborted += record.is_aborted ? 1 : 0;
    metrics.decides += record.decides;
    if (record.decides > 0) {
      metrics.retries += record.decides - 1U;
      thrown_away += record.decides - (record.is_aborted ? 0U : 1U);
    }
    metrics.latency.record(static_cast<std::uint64_t>(record.end_ns - record.start_ns));
    first_start = std::min(first_start, record.start_ns);
    last_end[record.client] = std::max(last_end[record.client], record.end_ns);
  });
  if (metrics.calls == 0) return metrics;
  if (metrics.decides > 0)
    metrics.wasted_share = static_cast<double>(thrown_away) / static_cast<double>(metrics.decides);

  if (window_end_ns == 0) window_end_ns = *std::min_element(last_end.begin(), last_end.end());
  std::vector<std::uint64_t> shares(clients, 0);
  std::uint64_t answered = 0;
  for_each_record(evidence, [&](const Record& record) {
    if (!record.is_measured || record.end_ns > window_end_ns) return;
    ++shares[record.client];
    ++answered;
  });
  metrics.window_seconds = std::max(1e-9, static_cast<double>(window_end_ns - first_start) / 1e9);
  metrics.calls_per_second = static_cast<double>(answered) / metrics.window_seconds;
  metrics.fairness = jain_index(shares);
  return metrics;
}

}  // namespace usher::lab
