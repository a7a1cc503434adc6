#include "bench/load/report.hpp"

#include <numeric>

namespace usher::bench {
namespace {

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

double per(double value, std::uint64_t count) {
  return count == 0 ? 0 : value / static_cast<double>(count);
}

}  // namespace

nlohmann::json latency_json(const Histogram& histogram) {
  nlohmann::json curve = nlohmann::json::array();
  for (const double q : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 1.0})
    curve.push_back({q, milliseconds(histogram.at(q))});
  return {{"count", histogram.count()},
          {"mean", histogram.mean() / 1e6},
          {"p50", milliseconds(histogram.at(0.5))},
          {"p90", milliseconds(histogram.at(0.9))},
          {"p99", milliseconds(histogram.at(0.99))},
          {"p999", milliseconds(histogram.at(0.999))},
          {"max", milliseconds(histogram.max())},
          {"curve", curve}};
}

nlohmann::json tally_json(const Tally& tally, const std::vector<std::string>& labels) {
  nlohmann::json statuses = nlohmann::json::object();
  for (std::size_t status = 0; status < tally.statuses.size(); ++status)
    if (tally.statuses[status] > 0) statuses[std::to_string(status)] = tally.statuses[status];
  nlohmann::json requests = nlohmann::json::object();
  for (std::size_t i = 0; i < labels.size() && i < label_count_max; ++i)
    requests[labels[i]] = {{"succeeded", tally.succeeded[i]},
                           {"latency_ms", latency_json(tally.request[i])}};
  const double seconds = tally.seconds > 0 ? tally.seconds : 1;
  return {{"seconds", tally.seconds},
          {"operations", tally.operations},
          {"operations_per_second", static_cast<double>(tally.operations) / seconds},
          {"requests", tally.requests},
          {"requests_per_second", static_cast<double>(tally.requests) / seconds},
          {"statuses", statuses},
          {"latency_ms", latency_json(tally.operation)},
          {"by_request", requests},
          {"errors",
           {{"wrong", tally.wrong},
            {"lost", tally.lost},
            {"timed_out", tally.timed_out},
            {"refused", tally.refused}}},
          {"connections_closed_by_server", tally.closed_idle},
          {"never_started", tally.never_started},
          {"ran_dry", tally.ran_dry}};
}

nlohmann::json cost_json(const ProcessCost& before, const ProcessCost& after, const Tally& tally) {
  const double user = after.cpu_user_seconds - before.cpu_user_seconds;
  const double system = after.cpu_system_seconds - before.cpu_system_seconds;
  const auto grown = [](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(to) - static_cast<double>(from);
  };
  const double accounted = grown(before.accounted_write_bytes, after.accounted_write_bytes);
  const double written = grown(before.disk_write_bytes, after.disk_write_bytes);
  const std::uint64_t succeeded =
      std::accumulate(tally.succeeded.begin(), tally.succeeded.end(), std::uint64_t{0});
  return {{"cpu_user_seconds", user},
          {"cpu_system_seconds", system},
          {"cpu_seconds_per_1000_requests", per(1'000 * (user + system), tally.requests)},
          {"disk_written_bytes", written},
          {"disk_written_bytes_per_success", per(written, succeeded)},
          {"accounted_written_bytes", accounted},
          {"resident_bytes", after.resident_bytes},
          {"threads", after.threads},
          {"processes", after.processes}};
}

std::vector<std::string> failures_of(const Tally& tally) {
  std::vector<std::string> failures;
  const auto note = [&](std::uint64_t count, const std::string& what) {
    if (count > 0) failures.push_back(std::to_string(count) + " " + what);
  };
  note(tally.wrong, "unexpected answers, such as " + tally.first_wrong);
  note(tally.lost, "connections lost in mid-request");
  note(tally.timed_out, "requests without an answer in time");
  note(tally.refused, "connections refused");
  if (tally.answered == 0) failures.emplace_back("no request was answered");
  return failures;
}

}  // namespace usher::bench
