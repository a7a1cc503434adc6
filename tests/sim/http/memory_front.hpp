// The shop's routes over one simulated node. No thread and no listener: its io context runs when
// the simulation says so, until nothing is left to do.
#pragma once

#include <memory>
#include <string>

#include "http/front/front_state.hpp"
#include "http/front/io_thread.hpp"
#include "http/routes/routes.hpp"
#include "tests/sim/http/memory_connection.hpp"

namespace usher::sim {

class MemoryFront {
 public:
  MemoryFront(Market& market, http::RouteOptions options)
      : state_(made_for(market, std::move(options))), thread_(state_) {}

  [[nodiscard]] std::shared_ptr<MemoryConnection> connect(std::string client) {
    return std::make_shared<MemoryConnection>(thread_, std::move(client));
  }
  void run() {
    thread_.context().restart();
    thread_.context().poll();
  }

 private:
  static std::shared_ptr<http::FrontState> made_for(Market& market, http::RouteOptions options) {
    constexpr std::size_t at_once_max = 1'000;  // its waits are by the real clock: nobody waits
    auto state = std::make_shared<http::FrontState>(http::TlsFiles{});
    state->shares = {.alone_max = at_once_max, .shared_max = at_once_max, .sharing_ms = 0};
    http::add_routes(state->router, market, std::move(options), {});
    return state;
  }

  std::shared_ptr<http::FrontState> state_;
  http::IoThread thread_;  // its coroutines use the router: it goes first
};

}  // namespace usher::sim
