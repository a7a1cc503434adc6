#include "http/front/errors.hpp"

#include "http/front/json.hpp"

namespace usher::http {

std::string complaints_json(const Complaints& complaints) {
  return json_array(complaints, [](std::string& out, const Complaint& complaint) {
    out += "{\"message\":";
    append_json(out, complaint.message);
    if (!complaint.field.empty()) {
      out += ",\"field\":";
      append_json(out, complaint.field);
    }
    out += '}';
  });
}

Response error_response(int status, const Complaints& complaints) {
  return json_response(status, "{\"errors\":" + complaints_json(complaints) + "}");
}

Response error_response(int status, std::string_view message) {
  return error_response(status, Complaints{{std::string{message}}});
}

Response problem(const Complaints& complaints) { return error_response(400, complaints); }

Response not_authorized() { return error_response(401, "Not authorized"); }
Response not_found() { return error_response(404, "Not Found"); }
Response internal_error() { return error_response(500, "Something went wrong"); }

Response too_many_requests(int retry_after_s) {
  auto response = error_response(429, "Too many requests");
  response.header("Retry-After", std::to_string(retry_after_s));
  return response;
}

}  // namespace usher::http
