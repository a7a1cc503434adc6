#include "actors/runtime/model/request_key.hpp"

#include <utility>

namespace usher {
namespace {

RequestKey::Decision accept(std::vector<RequestKey::Event> events) {
  return Accepted<RequestKey::Event, RequestKey::Effect>{std::move(events), {}};
}

RequestKey::Decision handle(const RequestKey::State* key, const RequestKey::Claim& claim,
                            TimeMs now) {
  if (!key) return accept({RequestKey::Claimed{claim.fingerprint, claim.proposed, now}});
  // The repeat proposes an id of its own, which is dropped: the first one stays.
  if (claim.fingerprint == key->fingerprint) return accept({});
  return reject(rejections::key_reused);
}

void apply(RequestKey::State& key, const RequestKey::Claimed& e) { key = {e.fingerprint, e.id}; }

}  // namespace

RequestKey::Decision RequestKey::decide(const State* state, const Command& command, TimeMs now) {
  return std::visit([&](const auto& c) { return handle(state, c, now); }, command);
}

RequestKey::State RequestKey::evolve(const State* state, const Event& event) {
  State next = state ? *state : State{};
  std::visit([&](const auto& e) { apply(next, e); }, event);
  return next;
}

}  // namespace usher
