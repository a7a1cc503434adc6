// How many live orders each buyer has, for the limit that one buyer may have at once. Derived,
// never stored: a buyer's orders are read from the view of them when he first asks, and followed
// from then on; a restart reads them again. The claim is made before the ticket is asked, so two
// reservations that are decided on two shards at the same time can't both take the last place. Its
// lock guards no aggregate: what it counts are facts of others.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/market/domain/ids.hpp"

namespace usher {

class LiveReservations {
 public:
  // The live orders that are durable now; nullopt: they can't be read. Calls back once, any thread.
  using Loaded = std::function<void(std::optional<std::vector<OrderId>>)>;
  using Load = std::function<void(const UserId& buyer, Loaded done)>;

  enum class Claim {
    granted,      // also to a repeat of the request for an order that counts already
    too_many,     // the buyer has as many as he may
    unavailable,  // nobody can tell
  };
  // What became of a granted claim.
  enum class Outcome {
    reserved,  // it is in the view from now on, and counts until the order has ended
    not_done,  // certainly not
    unknown,   // it may be in the view one day: it counts, and the buyer is not read again
  };

  // `buyers_max`: so many are remembered; those that have been away longest are read again.
  LiveReservations(std::size_t live_max, std::size_t buyers_max, Load load)
      : live_max_(live_max), buyers_max_(buyers_max), load_(std::move(load)) {}

  [[nodiscard]] bool is_on() const { return live_max_ > 0; }

  // Calls `then` once: at once, or when the buyer's orders were read. Any thread, as all of these.
  void claim(const UserId& buyer, const OrderId& order, std::function<void(Claim)> then);
  // To each claim that was granted, once.
  void conclude(const UserId& buyer, const OrderId& order, Outcome outcome);
  // Whoever is answered that an order has ended is behind this call. Again, or unknown: nothing.
  void ended(const OrderId& order);

  [[nodiscard]] std::size_t buyers() const;

 private:
  struct Waiting {
    OrderId order;
    std::function<void(Claim)> then;
  };
  struct Place {
    std::size_t open_claims = 0;
    std::size_t unknown = 0;  // claims of an outcome that nobody knows
    bool is_taken = false;    // by an order that is, or may be, durable
  };
  struct Buyer {
    UserId user;
    bool is_known = false;        // false: being read
    std::size_t open_claims = 0;  // of all his orders, those that have ended too
    std::unordered_map<OrderId, Place> live;
    std::vector<Waiting> waiting;  // for the reading
  };
  using Buyers = std::list<Buyer>;  // the one that asked last is the first
  using Told = std::vector<std::pair<std::function<void(Claim)>, Claim>>;

  Claim decide(Buyer& buyer, const OrderId& order);
  void on_loaded(const UserId& user, std::optional<std::vector<OrderId>> orders);
  void forget(Buyers::iterator buyer);
  void note_end(const OrderId& order);
  void forget_order(const OrderId& order, Buyers::iterator of);
  void make_room();

  const std::size_t live_max_;
  const std::size_t buyers_max_;
  const Load load_;
  mutable std::mutex mutex_;
  Buyers buyers_;
  std::unordered_map<std::string, Buyers::iterator> by_name_;
  // Of those that count. An order is one buyer's, but another may name it.
  std::unordered_multimap<OrderId, Buyers::iterator> by_order_;
  // The last of those that have ended: the repeat of a request may be answered by a ticket that has
  // not heard of it yet.
  std::unordered_set<OrderId> ended_lately_;
  std::deque<OrderId> ended_in_turn_;
  std::size_t loading_ = 0;
  std::unordered_set<OrderId> ended_meanwhile_;  // while somebody is being read
};

}  // namespace usher
