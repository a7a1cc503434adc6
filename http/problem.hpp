// The one place where a rejection, a failure or a broken rule becomes a status and a text.
// Every error has the shape that clients rely on: {"errors":[{"message","field"?}]}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/market/market.hpp"
#include "http/message.hpp"

namespace usher::http {

// What is wrong with a request; `field` is empty unless a field of its body or query is at fault.
struct Complaint {
  std::string message;
  std::string field = {};
  bool operator==(const Complaint&) const = default;
};
using Complaints = std::vector<Complaint>;

[[nodiscard]] Response error_response(int status, const Complaints& complaints);
[[nodiscard]] Response error_response(int status, std::string_view message);

// Validation: 400 with one entry for each broken rule.
[[nodiscard]] Response problem(const Complaints& complaints);
// The market's no, with the current version in the ETag and the body when the write was stale.
[[nodiscard]] Response problem(const Refusal& refusal);

[[nodiscard]] Response not_authorized();  // 401: not signed in, or not the owner
[[nodiscard]] Response not_found();       // 404
[[nodiscard]] Response too_many_requests(int retry_after_s);
[[nodiscard]] Response internal_error();  // 500: a bug, or an exception of a library

}  // namespace usher::http
