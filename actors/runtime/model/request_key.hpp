// One Idempotency-Key of one user. The first request that carries it claims it and writes down
// which id its aggregate is to have; a repeat, at any node and after any crash, is sent to that
// same id and so meets the first answer. Another request under the same key is refused.
// (docs/decisions/0003: why an aggregate of its own and not an id derived from the key.)
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"
#include "base/ids.hpp"

namespace usher {

// SHA-256 of user, route and key, cut to 128 bit.
struct RequestKeyId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const RequestKeyId&) const = default;
};

struct RequestKey {
  using Key = RequestKeyId;
  using Fingerprint = std::array<std::uint8_t, 16>;  // of the request's body
  using AnyId = std::array<std::uint8_t, 12>;        // an Id, of whatever

  struct Claim {
    Fingerprint fingerprint{};
    AnyId proposed{};  // taken if this claim is the first
  };
  using Command = std::variant<Claim>;

  struct Claimed {
    Fingerprint fingerprint{};
    AnyId id{};
    TimeMs at = 0;
    bool operator==(const Claimed&) const = default;
  };
  using Event = std::variant<Claimed>;

  struct State {
    Fingerprint fingerprint{};
    AnyId id{};
    bool operator==(const State&) const = default;
  };

  using Effect = std::monostate;
  using Decision = Decided<Event, Effect>;

  // The same fingerprint again: accepted, no events. Another one: key_reused.
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State* state, const Event& event);
  static std::vector<Reminder> reminders(const State&) { return {}; }
};

}  // namespace usher

template <>
struct std::hash<usher::RequestKeyId> {
  std::size_t operator()(const usher::RequestKeyId& id) const noexcept {
    std::size_t h = 0;  // it is a hash already
    for (std::size_t i = 0; i < sizeof h; ++i) h = (h << 8) | id.bytes[i];
    return h;
  }
};
