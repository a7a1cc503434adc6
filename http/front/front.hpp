// The HTTP front: listens, serves connections on io threads, and stops gracefully.
//   listener accepts -> socket_connection reads -> framing splits and judges -> parser decodes
//   -> answering asks a route -> socket_connection writes, or stream_session
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "http/front/event_streams.hpp"
#include "http/front/front_state.hpp"
#include "http/front/listener.hpp"
#include "http/front/tls.hpp"

namespace usher::http {

struct FrontOptions {
  std::vector<ListenAddress> listen = {ListenAddress{}};
  // Listening sockets of the service manager replace those above, in their order.
  bool inherit_sockets = false;
  std::size_t io_threads = 0;  // 0: one per core
  FramingLimits framing;
  FrontLimits limits;
  std::vector<std::string> trusted_proxies;  // networks: "10.0.0.0/8"
  TlsFiles tls;
  bool error_codes = true;                 // errors have a `code` beside their message
  bool names_methods = true;               // an unknown method is 405 with Allow; false: 404
  std::int64_t stop_time_ms_max = 10'000;  // for what is in flight, then connections are cut
  std::function<void(const RequestSeen&)> on_request;  // on io threads, so it must be quick
};

struct FrontStats {
  std::size_t connections = 0;
  std::size_t requests_in_flight = 0;
  std::size_t streams = 0;
  std::uint64_t requests = 0;  // totals from here on
  std::uint64_t connections_refused = 0;
  std::uint64_t requests_refused = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t streams_overflowed = 0;
};

// Lifetime: answers that a route awaits come back on the io threads' contexts, so whatever the
// routes ask (the market) must have answered everything before the front is destroyed. The order
// is front.stop(), then stop the market, then destroy the front.
class Front {
 public:
  // `streams` may be null when no route opens an event stream.
  Front(FrontOptions options, Router router, std::shared_ptr<EventStreams> streams);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  [[nodiscard]] tl::expected<void, std::string> start();
  // Accepts no more, answers what is in flight, ends streams and idle connections; returns when
  // that is done or its time is over. Idempotent; not on an io thread.
  void stop();
  // New connections get the certificate that the files hold now; existing ones go on.
  [[nodiscard]] tl::expected<void, std::string> reload_tls();

  [[nodiscard]] std::vector<std::uint16_t> ports() const;  // in the order of `listen`
  [[nodiscard]] FrontStats stats() const;

 private:
  [[nodiscard]] tl::expected<void, std::string> open_listeners();
  [[nodiscard]] bool wait_for_connections(std::int64_t ms_max) const;
  void close_listeners();

  const FrontOptions options_;
  std::shared_ptr<FrontState> state_;
  std::shared_ptr<EventStreams> streams_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // use the threads: go first
  bool running_ = false;
};

}  // namespace usher::http
