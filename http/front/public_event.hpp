// What an event stream carries: a subject, JSON, and who may see it; and where one was read to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "http/front/message.hpp"

namespace usher::http {

// "42-9f31c07a". A cursor from another history is told from one of this by its mark, also when that
// history is this one's own past, which went on differently (an older backup was restored).
// Without a mark ("42") it can only be told when it is ahead of the end.
[[nodiscard]] std::optional<FeedCursor> parse_cursor(std::string_view text);
[[nodiscard]] std::string text_of(const FeedCursor& cursor);

struct PublicEvent {
  PublicSeq seq = 0;
  std::string_view subject;             // of static duration: "ticket:created"
  std::string data;                     // JSON
  std::optional<std::string> audience;  // only this user (and the operator); nullopt: everybody
  std::uint32_t mark = 0;
};

[[nodiscard]] bool may_see(const StreamFilter& filter, const PublicEvent& event);

// {"seq","subject","data"}
void write_event(JsonWriter& json, const PublicEvent& event);

}  // namespace usher::http
