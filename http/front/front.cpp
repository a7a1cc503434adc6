#include "http/front/front.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <future>
#include <thread>

namespace usher::http {

namespace {

constexpr std::int64_t drop_time_ms_max = 1'000;  // for connections to notice that they were cut

std::size_t threads_wanted(std::size_t configured) {
  if (configured > 0) return configured;
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::shared_ptr<EventStreams> without_events() {
  auto unreadable = [](FeedCursor, std::size_t,
                       const std::function<void(std::optional<ReplayPage>)>& done) {
    done(std::nullopt);
  };
  return std::make_shared<EventStreams>(EventStreamOptions{}, FeedCursor{}, unreadable);
}

}  // namespace

Front::Front(FrontOptions options, Router router, std::shared_ptr<EventStreams> streams)
    : options_(std::move(options)),
      state_(std::make_shared<FrontState>(options_.tls)),
      streams_(streams ? std::move(streams) : without_events()) {
  state_->framing = options_.framing;
  state_->limits = options_.limits;
  state_->router = std::move(router);
  state_->on_request = options_.on_request;
  state_->error_codes = options_.error_codes;
  state_->names_methods = options_.names_methods;
}

Front::~Front() { stop(); }

tl::expected<void, std::string> Front::start() {
  raise_file_limit();
  auto proxies = Networks::parse(options_.trusted_proxies);
  if (!proxies) return tl::unexpected("trusted proxy is not a network: " + proxies.error());
  state_->trusted_proxies = std::move(*proxies);
  const bool any_tls = std::any_of(options_.listen.begin(), options_.listen.end(),
                                   [](const ListenAddress& address) { return address.tls; });
  if (any_tls) {
    if (auto loaded = state_->tls.load(); !loaded) return loaded;
  }
  const std::size_t count = threads_wanted(options_.io_threads);
  const auto share_of_thread = [&](std::size_t requests) {
    return std::max<std::size_t>(1, (requests + count - 1) / count);
  };
  const FrontLimits& limits = options_.limits;
  state_->shares = {
      .alone_max = share_of_thread(limits.requests_in_flight_per_client_max),
      .shared_max = share_of_thread(std::min(limits.requests_in_flight_per_client_shared_max,
                                             limits.requests_in_flight_per_client_max)),
      .sharing_ms = limits.sharing_ms};
  state_->handshakes_of_thread_max = share_of_thread(limits.handshakes_max);
  for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<IoThread>(state_));
  if (auto opened = open_listeners(); !opened) {
    listeners_.clear();
    threads_.clear();
    return opened;
  }
  for (const auto& thread : threads_) {
    thread->set_lane(streams_->add_lane(thread->context().get_executor()));
    thread->run();
  }
  for (const auto& listener : listeners_)
    asio::post(threads_.front()->context(), [&accepting = *listener] { accepting.accept(); });
  running_ = true;
  return {};
}

tl::expected<void, std::string> Front::open_listeners() {
  const auto inherited = options_.inherit_sockets ? inherited_sockets() : std::vector<int>{};
  for (std::size_t i = 0; i < options_.listen.size(); ++i) {
    const int socket = i < inherited.size() ? inherited[i] : -1;
    auto listener = Listener::open(options_.listen[i], socket, threads_, *state_);
    if (!listener) return tl::unexpected(listener.error());
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

void Front::close_listeners() {
  std::promise<void> closed;
  asio::post(threads_.front()->context(), [&] {
    for (const auto& listener : listeners_) listener->close();
    closed.set_value();
  });
  closed.get_future().wait();
}

bool Front::wait_for_connections(std::int64_t ms_max) const {
  constexpr std::chrono::milliseconds step(5);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms_max);
  while (state_->connections.value() > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(step);
  }
  return true;
}

void Front::stop() {
  if (!std::exchange(running_, false)) return;
  state_->stopping = true;
  close_listeners();
  for (const auto& thread : threads_) thread->finish_connections();
  if (!wait_for_connections(options_.stop_time_ms_max)) {
    for (const auto& thread : threads_) thread->drop_connections();
    // What still awaits an answer of the market goes with its context.
    (void)wait_for_connections(drop_time_ms_max);
  }
  streams_->remove_lanes();
  for (const auto& thread : threads_) {
    thread->context().stop();
    thread->join();
  }
}

tl::expected<void, std::string> Front::reload_tls() { return state_->tls.load(); }

std::vector<std::uint16_t> Front::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& listener : listeners_) ports.push_back(listener->port());
  return ports;
}

FrontStats Front::stats() const {
  return FrontStats{.connections = state_->connections.value(),
                    .requests_in_flight = state_->requests_in_flight.value(),
                    .streams = state_->streams.value(),
                    .requests = state_->requests,
                    .connections_refused = state_->connections_refused,
                    .requests_refused = state_->requests_refused,
                    .timed_out = state_->timed_out,
                    .streams_overflowed = state_->streams_overflowed};
}

}  // namespace usher::http
