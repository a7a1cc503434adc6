// One io thread: its event loop, its connections, and what they share because only one of them
// runs at a time.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "http/front/event_streams.hpp"
#include "http/front/front_state.hpp"
#include "http/front/turns.hpp"

namespace usher::http {

class ConnectionBase;

class IoThread {
 public:
  explicit IoThread(std::shared_ptr<FrontState> state);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void run();  // starts the thread
  void join();
  [[nodiscard]] asio::io_context& context() { return context_; }

  // Any thread. The socket belongs to this context; it has been counted (listener.hpp).
  void adopt(asio::ip::tcp::socket socket, asio::ip::address client, bool tls);
  void finish_connections();  // graceful: answers what is in flight, ends the rest
  void drop_connections();

  // What follows is for connections, on this thread.
  using Connections = std::list<ConnectionBase*>;
  FrontState& state() { return *state_; }
  TurnTable& turns() { return turns_; }
  HandshakeTurns& handshakes() { return handshakes_; }
  const std::shared_ptr<StreamLane>& lane() { return lane_; }
  void set_lane(std::shared_ptr<StreamLane> lane) { lane_ = std::move(lane); }
  Connections& connections() { return connections_; }
  [[nodiscard]] const std::string& date() const { return date_; }
  [[nodiscard]] std::string draw_id();
  [[nodiscard]] std::uint64_t draw() { return random_(); }
  // Between two suspensions anyone's: what is read is fed on at once.
  static constexpr std::size_t scratch_bytes = 64 * 1024;
  std::array<char, scratch_bytes>& scratch() { return *scratch_; }

  static std::int64_t now_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }

 private:
  void schedule_sweep();
  void sweep();

  std::shared_ptr<FrontState> state_;
  TurnTable turns_;
  HandshakeTurns handshakes_;
  std::shared_ptr<StreamLane> lane_;
  Connections connections_;
  std::string date_;
  std::mt19937_64 random_;
  std::unique_ptr<std::array<char, scratch_bytes>> scratch_;
  std::thread thread_;
  // Last, so that it goes first: the coroutines that it destroys use all of the above.
  asio::io_context context_;
  asio::steady_timer sweep_timer_;
};

}  // namespace usher::http
