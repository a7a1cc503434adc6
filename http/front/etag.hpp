// Entity tags (RFC 9110, section 8.8.3): made, read and compared.
#pragma once

#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

// Of anything that has no version of its own.
[[nodiscard]] std::string content_etag(std::string_view content);
// Tags tell representations apart, they do not defend: a fast hash is enough.
[[nodiscard]] std::string hex_hash(std::string_view content);

[[nodiscard]] std::string_view without_weakness(std::string_view tag);
// The next of a comma-separated list of entity tags; they may hold commas between their quotes.
[[nodiscard]] std::string_view take_tag(std::string_view& list);
// Each is an entity tag, strong or weak, and there is one; or it is "*".
[[nodiscard]] bool is_etag_list(std::string_view list);
// Weak comparison with each tag of an If-None-Match or If-Match header; "*" names any.
[[nodiscard]] bool names_etag(std::string_view list, std::string_view etag);

// What a read asks first (RFC 9110, section 13.2.2), against the ETag of a response of 200: it
// becomes 304 without its body, or 412. Dates are not looked at: nothing here has one.
void apply_preconditions(const Request& request, Response& response);

}  // namespace usher::http
