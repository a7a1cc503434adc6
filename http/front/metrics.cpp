#include "http/front/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>

#include "http/front/json.hpp"

namespace usher::http {
namespace {

// Seconds. Fine where reads and durable writes are, coarse up to the deadlines.
const prometheus::Histogram::BucketBoundaries latency_buckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   20};

// The upper bound of the bucket that holds this part of the samples; the last bound for the rest.
double quantile_ms(const prometheus::ClientMetric::Histogram& histogram, double part) {
  const auto wanted = part * static_cast<double>(histogram.sample_count);
  for (const auto& bucket : histogram.bucket)
    if (static_cast<double>(bucket.cumulative_count) >= wanted && std::isfinite(bucket.upper_bound))
      return bucket.upper_bound * 1000;
  return latency_buckets.back() * 1000;
}

prometheus::MetricFamily family_of(const Figure& figure) {
  prometheus::MetricFamily family;
  family.name = figure.name;
  family.help = figure.help;
  family.type = figure.kind == Figure::Kind::counter     ? prometheus::MetricType::Counter
                : figure.kind == Figure::Kind::histogram ? prometheus::MetricType::Histogram
                                                         : prometheus::MetricType::Gauge;
  return family;
}

// Figures of one name are one family, whatever their order.
void append_figures(std::vector<prometheus::MetricFamily>& families,
                    const std::vector<Figure>& figures) {
  for (const auto& figure : figures) {
    auto family = std::find_if(families.begin(), families.end(),
                               [&](const auto& known) { return known.name == figure.name; });
    if (family == families.end()) family = families.insert(families.end(), family_of(figure));
    auto& metric = family->metric.emplace_back();
    for (const auto& [name, value] : figure.labels) metric.label.push_back({name, value});
    metric.counter.value = figure.value;
    metric.gauge.value = figure.value;
    metric.histogram.sample_sum = figure.value;
    for (const auto& [upper, count] : figure.buckets) {
      metric.histogram.sample_count += count;
      metric.histogram.bucket.push_back({metric.histogram.sample_count, upper});
    }
  }
}

void write_figure(JsonWriter& json, const Figure& figure) {
  json.begin_object();
  json.field("name", figure.name).field("help", figure.help);
  json.field("kind", figure.kind == Figure::Kind::counter     ? "counter"
                     : figure.kind == Figure::Kind::histogram ? "histogram"
                                                              : "gauge");
  json.key("labels").begin_object();
  for (const auto& [name, value] : figure.labels) json.key_of_text(name).value(value);
  json.end_object();
  json.field("value", figure.value);
  json.end_object();
}

void write_route(JsonWriter& json, const RouteMetrics& metrics) {
  const auto route = metrics.summary();
  json.begin_object();
  json.field("method", route.method).field("route", route.pattern);
  json.field("requests", route.requests);
  json.field("clientErrors", route.client_errors).field("serverErrors", route.server_errors);
  json.field("meanMs", route.mean_ms).field("p50Ms", route.p50_ms).field("p99Ms", route.p99_ms);
  json.end_object();
}

}  // namespace

void RouteMetrics::count(int status, double seconds) {
  counter_of(static_cast<std::size_t>(std::clamp(status, 100, 599)) - 100).Increment();
  seconds_->Observe(seconds);
}

prometheus::Counter& RouteMetrics::counter_of(std::size_t status) {
  auto& known = by_status_[status];
  if (auto* counter = known.load(std::memory_order_acquire)) return *counter;
  // Two threads may come here at once: the family gives both the same one.
  auto& made = requests_->Add(
      {{"method", method_}, {"route", pattern_}, {"status", std::to_string(status + 100)}});
  known.store(&made, std::memory_order_release);
  return made;
}

std::uint64_t RouteMetrics::answered(int from, int to) const {
  double sum = 0;
  for (int status = from; status <= to; ++status)
    if (const auto* counter = by_status_[static_cast<std::size_t>(status) - 100].load())
      sum += counter->Value();
  return static_cast<std::uint64_t>(sum);
}

RouteMetrics::Summary RouteMetrics::summary() const {
  Summary summary;
  summary.method = method_;
  summary.pattern = pattern_;
  const auto histogram = seconds_->Collect().histogram;
  summary.requests = histogram.sample_count;
  summary.client_errors = answered(400, 499);
  summary.server_errors = answered(500, 599);
  if (summary.requests == 0) return summary;
  summary.mean_ms = histogram.sample_sum * 1000 / static_cast<double>(summary.requests);
  summary.p50_ms = quantile_ms(histogram, 0.50);
  summary.p99_ms = quantile_ms(histogram, 0.99);
  return summary;
}

HttpMetrics::HttpMetrics(std::shared_ptr<prometheus::Registry> registry)
    : registry_(std::move(registry)),
      requests_(prometheus::BuildCounter()
                    .Name("usher_http_requests_total")
                    .Help("Requests answered, by route and status")
                    .Register(*registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("usher_http_request_seconds")
                   .Help("Time from the parsed request to its answer, by route")
                   .Register(*registry_)) {}

RouteMetrics& HttpMetrics::route(std::string_view method, std::string_view pattern) {
  RouteMetrics& metrics = routes_.emplace_back();
  metrics.method_ = method;
  metrics.pattern_ = pattern;
  metrics.requests_ = &requests_;
  // These are there before they happen: of a counter that begins at 1 no increase is seen.
  for (const std::size_t status : {500, 503}) static_cast<void>(metrics.counter_of(status - 100));
  metrics.seconds_ =
      &seconds_.Add({{"method", metrics.method_}, {"route", metrics.pattern_}}, latency_buckets);
  return metrics;
}

std::string HttpMetrics::as_text(const std::vector<Figure>& figures) const {
  auto families = registry_->Collect();
  append_figures(families, figures);
  return prometheus::TextSerializer{}.Serialize(families);
}

std::string HttpMetrics::as_json(const std::vector<Figure>& figures, std::int64_t now_ms) const {
  return json_of([&](JsonWriter& json) {
    json.begin_object().field("serverTime", iso_time(now_ms));
    json.key("figures").array(figures, write_figure);
    json.key("routes").array(routes_, write_route);
    json.end_object();
  });
}

}  // namespace usher::http
