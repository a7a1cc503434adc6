// Every error has the shape that clients rely on: {"errors":[{"message","field"?}]}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/front/message.hpp"

namespace usher::http {

// What is wrong with a request; `field` is empty unless a field of its body or query is at fault.
struct Complaint {
  std::string message;
  std::string field = {};
  bool operator==(const Complaint&) const = default;
};
using Complaints = std::vector<Complaint>;

// [{"message","field"?}]
[[nodiscard]] std::string complaints_json(const Complaints& complaints);

[[nodiscard]] Response error_response(int status, const Complaints& complaints);
[[nodiscard]] Response error_response(int status, std::string_view message);

// Validation: 400 with one entry for each broken rule.
[[nodiscard]] Response problem(const Complaints& complaints);

[[nodiscard]] Response not_authorized();  // 401: not signed in, or not the owner
[[nodiscard]] Response not_found();       // 404
[[nodiscard]] Response too_many_requests(int retry_after_s);
[[nodiscard]] Response internal_error();  // 500: a bug, or an exception of a library

}  // namespace usher::http
