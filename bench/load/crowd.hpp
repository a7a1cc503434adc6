// A crowd that mostly waits: idle keep-alive connections and open event streams, held while another
// loader measures the server. Also measures how long one ticket's event takes to reach every
// stream.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/load/world.hpp"

namespace usher::bench {

struct Crowd {
  std::size_t idle = 0;      // connections that have asked once and then stay silent
  std::size_t streams = 0;   // GET /api/events
  std::size_t sources = 1;   // loopback addresses to come from: 127.0.0.1, 127.0.0.2, ...
  double probe_seconds = 1;  // a ticket is edited this often; its event must reach every stream
  double seconds_max = 600;
};

// Prints "ready" on stdout when all are connected, then holds them until stdin ends or the time is
// over. The result has the failures, as a list of texts.
nlohmann::json hold(World& world, const Crowd& crowd);

}  // namespace usher::bench
