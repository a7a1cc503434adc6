#include "http/front/io_thread.hpp"

#include <asio/post.hpp>
#include <ctime>
#include <vector>

#include "base/hex.hpp"
#include "base/log/log.hpp"
#include "http/front/connection.hpp"
#include "http/front/response_head.hpp"

namespace usher::http {

IoThread::IoThread(std::shared_ptr<FrontState> state)
    : state_(std::move(state)),
      date_(http_date(std::time(nullptr))),
      random_((std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()),
      scratch_(std::make_unique<std::array<char, scratch_bytes>>()),
      context_(1),
      sweep_timer_(context_) {
  turns_.set_shares(state_->shares);
  handshakes_.set_max(state_->handshakes_of_thread_max);
}

IoThread::~IoThread() {
  context_.stop();
  join();
}

void IoThread::run() {
  schedule_sweep();
  thread_ = std::thread([this] {
    // An exception that gets here is a bug in one connection; the others go on.
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (const std::exception& error) {
        log::error("a connection failed", {{"why", error.what()}});
      }
    }
  });
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

void IoThread::adopt(asio::ip::tcp::socket socket, asio::ip::address client, bool tls) {
  asio::post(context_, [this, client, tls, socket = std::move(socket)]() mutable {
    if (tls) {
      serve_tls(*this, std::move(socket), client);
    } else {
      serve_plain(*this, std::move(socket), client);
    }
  });
}

void IoThread::schedule_sweep() {
  sweep_timer_.expires_after(std::chrono::milliseconds(state_->limits.sweep_ms));
  sweep_timer_.async_wait([this](asio::error_code error) {
    if (error) return;
    try {
      sweep();
    } catch (const std::exception& failure) {
      log::error("the connections were not looked at", {{"why", failure.what()}});
    }
    schedule_sweep();
  });
}

void IoThread::sweep() {
  date_ = http_date(std::time(nullptr));
  const auto now = now_ms();
  for (auto next = connections_.begin(); next != connections_.end();) {
    ConnectionBase* connection = *next++;  // it may end itself
    connection->check(now);
  }
}

void IoThread::finish_connections() {
  asio::post(context_, [this] {
    handshakes_.send_away();
    for (auto next = connections_.begin(); next != connections_.end();) (*next++)->finish();
  });
}

void IoThread::drop_connections() {
  asio::post(context_, [this] {
    for (auto next = connections_.begin(); next != connections_.end();) (*next++)->drop();
  });
}

// 64 bits as hex digits: unique enough to find a request in a log.
std::string IoThread::draw_id() { return to_hex(std::uint64_t{random_()}); }

}  // namespace usher::http
