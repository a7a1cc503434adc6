// Journal records as the facts that the shop tells about: decoded here, so that no byte of the
// journal passes the door.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"

namespace usher {

struct FeedRecord;  // persistence/journal.hpp

// A record's place in this node's feed: dense, from 1.
using FeedSeq = std::uint64_t;

template <class A>
struct Happened {
  typename A::Key id;
  typename A::Event event;
};

struct FeedEntry {
  FeedSeq seq = 0;
  // A sum over the record: two histories that differ at this place differ in it.
  std::uint32_t mark = 0;
  Version version = 0;
  // monostate: nobody's business (an account, a key), or a form that this build does not know.
  std::variant<std::monostate, Happened<Ticket>, Happened<Order>> what;
};

// A function of the record alone, so that a live stream, a replay and a poll tell the same.
[[nodiscard]] FeedEntry feed_entry(const FeedRecord& record);

// Told to no client: the front of every node hears it, to end sessions.
[[nodiscard]] std::optional<Account::SignedOut> sign_out_in(const FeedRecord& record);

}  // namespace usher
