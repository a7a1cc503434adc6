// JSON as text: appended to a string by hand, because a list of a thousand rows builds no tree of
// values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

[[nodiscard]] Response json_response(int status, std::string body);

// With its quotes. `text` is UTF-8; only what JSON demands is escaped.
void append_json(std::string& out, std::string_view text);
// 2024-01-13T02:24:06.123Z
[[nodiscard]] std::string iso_time(std::int64_t at_ms);

// "[a,b]" of whatever `append_one(out, row)` writes.
template <class Rows, class AppendOne>
[[nodiscard]] std::string json_array(const Rows& rows, AppendOne append_one) {
  std::string out = "[";
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    append_one(out, row);
  }
  out += ']';
  return out;
}

}  // namespace usher::http
