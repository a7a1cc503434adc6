// What an event stream carries: a subject, JSON, and who may see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

using PublicSeq = std::uint64_t;  // cursor of the public feed

struct PublicEvent {
  PublicSeq seq = 0;
  std::string_view subject;             // of static duration: "ticket:created"
  std::string data;                     // JSON
  std::optional<std::string> audience;  // only this user (and the operator); nullopt: everybody
};

[[nodiscard]] bool may_see(const StreamFilter& filter, const PublicEvent& event);

// {"seq","subject","data"}
void append_event(std::string& out, const PublicEvent& event);

}  // namespace usher::http
