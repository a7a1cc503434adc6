// A message from one replica to another: bytes that the core makes and takes. The caller carries
// them, with the payloads of an append and the state of a snapshot, and looks at a few of their
// fields. What comes from another node is parsed here before the core sees it: the core trusts its
// peers to keep the protocol, but no bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "consensus/types.hpp"

namespace usher::consensus {

enum class MessageType : std::uint8_t {  // of raft; no other passes between replicas
  append = 3,
  append_answer = 4,
  vote = 5,
  vote_answer = 6,
  snapshot = 7,
  heartbeat = 8,
  heartbeat_answer = 9,
  timeout_now = 14,  // "be a candidate at once": a lead is handed over
  pre_vote = 17,
  pre_vote_answer = 18,
};

// Of one append; a bound for what a stranger's bytes can make the core allocate.
inline constexpr std::uint32_t message_entries_max = 65'536;

struct Message {
  std::string_view bytes;  // the whole; valid as long as what was parsed
  MessageType type{};
  ReplicaId from = 0, to = 0;
  Term term = 0;     // of the sender
  Index index = 0;   // append: the entry before the first; append_answer: the last that is there
  Index commit = 0;  // that the sender tells
  Span entries;      // of an append
  Base base;         // of a snapshot
};

// False: these are not the bytes of one message, and `out` holds nothing of use. Reuses the memory
// of `out`. Pure.
[[nodiscard]] bool parse_message(std::string_view bytes, Message& out);

}  // namespace usher::consensus
