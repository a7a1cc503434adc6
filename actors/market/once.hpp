// Making something at most once. Under a client's key the first request writes down which id it
// makes; a repeat is sent to that id and meets what stands there, as it was when it was made,
// however far it has moved on since. Without a key an id that is taken is drawn again.
#pragma once

#include "actors/market/market.hpp"

namespace usher {

struct Claim {
  RequestKey::AnyId id{};
  bool has_key = false;
  bool is_repeat = false;  // an earlier request had claimed the key: there may be an answer
};

// Durable before it answers. Without a key: just the proposed id.
void claim(Market& market, const MadeOnce& once, RequestKey::AnyId proposed, Callback<Claim> done);

}  // namespace usher
