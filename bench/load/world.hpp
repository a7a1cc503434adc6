// What all scenarios share: the server under test, its users and its tickets. The same for every
// system, so that each gets the same requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/engine.hpp"
#include "bench/load/session.hpp"
#include "bench/load/wire.hpp"

namespace usher::bench {

inline constexpr std::size_t seller_count = 1'000;
inline constexpr std::size_t buyer_count = 10'000;

struct OfferedTicket {
  std::string id;
  std::uint32_t seller = 0;
};

struct World {
  Target target;
  std::vector<Session> sellers;
  std::vector<Session> buyers;
  std::vector<OfferedTicket> tickets;
  std::uint64_t seed = 1;
};

inline constexpr std::string_view tickets_path = "/api/tickets";
inline constexpr std::string_view orders_path = "/api/orders";
inline constexpr std::string_view payments_path = "/api/payments";

[[nodiscard]] std::string ticket_path(std::string_view id);

// {"title", "price"}; about 70 bytes, the price a different one nearly every time.
void write_ticket_json(std::string& out, Random& random);

// Creates tickets through the API, closed-loop, until there are `count` or the time is over, and
// appends them to the world. False with the reason on stderr when an answer was wrong.
struct Fill {
  std::size_t count = 0;
  double seconds_max = 0;  // zero: no limit
  std::size_t connections = 128;
};
[[nodiscard]] bool fill(World& world, const Fill& order);

// One "id seller" line for each ticket: a later run on the same data uses them again.
[[nodiscard]] bool load_tickets(World& world, const std::string& file);
[[nodiscard]] bool save_tickets(const World& world, const std::string& file);

// The ticket's version now, or nothing when the server does not tell.
std::optional<std::uint64_t> version_of(const World& world, std::string_view ticket_id);

}  // namespace usher::bench
