#include "http/front/errors.hpp"

#include <utility>

#include "base/json_writer.hpp"

namespace usher::http {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
      return code::not_authorized;
    case 403:
      return code::forbidden;
    case 404:
      return code::not_found;
    case 405:
      return code::method_not_allowed;
    case 408:
      return code::request_timeout;
    case 412:
      return code::precondition_failed;
    case 413:
      return code::body_too_large;
    case 414:
      return code::target_too_long;
    case 415:
      return code::unsupported_media_type;
    case 417:
      return code::expectation_failed;
    case 429:
      return code::too_many_requests;
    case 431:
      return code::headers_too_large;
    case 500:
      return code::internal_error;
    case 501:
      return code::not_implemented;
    case 503:
      return code::unavailable;
    case 505:
      return code::http_version_not_supported;
    default:
      return code::bad_request;
  }
}

}  // namespace

Response error_response(int status, Complaints complaints) {
  Response response;
  response.status = status;
  response.header("Content-Type", "application/json; charset=utf-8");
  response.errors = ErrorBody{std::move(complaints)};
  return response;
}

Response error_response(int status, ErrorCode code, std::string_view message) {
  return error_response(status, Complaints{{code, std::string{message}}});
}

Response error_response(int status, std::string_view message) {
  return error_response(status, code_of(status), message);
}

Response problem(Complaints complaints) { return error_response(400, std::move(complaints)); }

Response not_authorized() { return error_response(401, "Not authorized"); }
Response not_found() { return error_response(404, "Not Found"); }
Response internal_error() { return error_response(500, "Something went wrong"); }

Response too_many_requests(int retry_after_s) {
  auto response = error_response(429, "Too many requests");
  response.header("Retry-After", std::to_string(retry_after_s));
  return response;
}

void render_errors(Response& response, bool with_codes) {
  if (!response.errors) return;
  response.body = json_of([&](JsonWriter& json) {
    json.begin_object();
    json.key("errors").array(response.errors->complaints,
                             [&](JsonWriter& out, const Complaint& complaint) {
                               out.begin_object().field("message", complaint.message);
                               if (!complaint.field.empty()) out.field("field", complaint.field);
                               if (with_codes) out.field("code", complaint.code.text);
                               out.end_object();
                             });
    if (response.errors->version) json.field("version", *response.errors->version);
    json.end_object();
  });
  response.errors.reset();
}

}  // namespace usher::http
