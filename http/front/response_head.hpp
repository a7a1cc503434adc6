// A response as bytes: status line and headers. The body is written beside it, not copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

struct HeadFacts {
  std::string_view date;        // IMF-fixdate
  std::string_view request_id;  // empty: none
  std::optional<std::size_t> content_length;
  bool keep_alive = true;
  bool http_1_0 = false;  // of the request: keep-alive has to be said
};

[[nodiscard]] std::string response_head(const Response& response, const HeadFacts& facts);
[[nodiscard]] std::string_view reason_phrase(int status);
// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string http_date(std::int64_t unix_seconds);
// 204, 304 and 1xx end with their head.
[[nodiscard]] bool may_have_body(int status);

}  // namespace usher::http
