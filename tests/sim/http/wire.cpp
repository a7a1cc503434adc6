#include "tests/sim/http/wire.hpp"

#include <algorithm>
#include <array>

#include "http/front/ascii.hpp"

namespace usher::sim {
namespace {

template <class Headers>
auto find(Headers& headers, std::string_view name) {
  return std::find_if(headers.begin(), headers.end(),
                      [&](const auto& h) { return http::equal_without_case(h.first, name); });
}

bool is_list(const HttpRequest& request) {
  return request.target.starts_with("/api/tickets?") ||
         request.target.starts_with("/api/orders?") ||
         request.target.starts_with("/api/tickets/mine");
}
bool is_ticket(const HttpRequest& request) {
  constexpr std::size_t path_bytes = 13 + 24;
  return request.target.size() == path_bytes && request.target.starts_with("/api/tickets/");
}

void answer_from(const HttpResponse& kept, HttpResponse& response) {
  response.body = kept.body;
  if (const auto tag = find(response.headers, "ETag"); tag != response.headers.end())
    tag->second = kept.header("ETag");
}

void drop_row(HttpResponse& response, bool first) {
  auto rows = response.json();
  if (!rows.is_array() || rows.empty()) return;
  rows.erase(first ? 0 : rows.size() - 1);
  response.body = rows.dump();
}

}  // namespace

std::string HttpRequest::bytes() const {
  std::string out = method + ' ' + target + " HTTP/1.1\r\nHost: usher\r\n";
  for (const auto& [name, value] : headers) out += name + ": " + value + "\r\n";
  if (!body.empty())
    out +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

const std::string* HttpRequest::header(std::string_view name) const {
  const auto found = find(headers, name);
  return found == headers.end() ? nullptr : &found->second;
}

std::string HttpResponse::header(std::string_view name) const {
  const auto found = find(headers, name);
  return found == headers.end() ? std::string{} : found->second;
}

std::optional<HttpResponse> take_response(std::string& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  HttpResponse response;
  response.status = std::stoi(bytes.substr(9, 3));
  for (auto at = bytes.find("\r\n") + 2; at < head_end + 2;) {
    const auto end = bytes.find("\r\n", at);
    const auto colon = bytes.find(": ", at);
    response.headers.emplace_back(bytes.substr(at, colon - at),
                                  bytes.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  const auto length = response.header("Content-Length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  if (bytes.size() < head_end + 4 + size) return std::nullopt;
  response.body = bytes.substr(head_end + 4, size);
  bytes.erase(0, head_end + 4 + size);
  return response;
}

std::string_view name_of(HttpMutation mutation) {
  static constexpr std::array<std::string_view, http_mutation_count + 1> names = {
      "none",
      "if_match_ignored",
      "etag_of_older",
      "key_not_passed_on",
      "session_of_another",
      "cursor_off_by_one",
      "list_without_newest",
      "stale_ticket",
      "feed_without_newest",
      "declined_is_created",
      "history_without_first",
      "delete_not_passed_on",
      "body_of_another_version",
      "edit_not_passed_on",
      "unknown_is_refused",
  };
  return names.at(static_cast<std::size_t>(mutation));
}

void WireMutant::on_request(HttpRequest& request, const Session& next_session) const {
  const auto drop = [&](std::string_view name) {
    if (const auto found = find(request.headers, name); found != request.headers.end())
      request.headers.erase(found);
  };
  if (is(HttpMutation::if_match_ignored) && request.method == "PUT") drop("If-Match");
  if (is(HttpMutation::key_not_passed_on)) drop("Idempotency-Key");
  if (is(HttpMutation::session_of_another) && request.method == "POST")
    for (const auto& [name, value] : next_session)
      if (const auto found = find(request.headers, name); found != request.headers.end())
        found->second = value;
  const bool is_lost = (is(HttpMutation::delete_not_passed_on) && request.method == "DELETE") ||
                       (is(HttpMutation::edit_not_passed_on) && request.method == "PUT");
  if (is_lost) {
    request.method = "GET";
    request.body.clear();
    drop("If-Match");
  }
}

void WireMutant::on_response(const HttpRequest& request, HttpResponse& response) {
  const bool is_read = request.method == "GET";
  switch (mutation_) {
    case HttpMutation::etag_of_older:
      if (const auto tag = find(response.headers, "ETag");
          tag != response.headers.end() && is_ticket(request) && tag->second.size() == 3 &&
          tag->second[1] > '0')
        --tag->second[1];
      return;
    case HttpMutation::cursor_off_by_one:
      if (is_read && response.status == 200 && is_list(request) &&
          request.target.find("after=") != std::string::npos)
        drop_row(response, true);
      return;
    case HttpMutation::list_without_newest:
      if (is_read && response.status == 200 && is_list(request)) drop_row(response, false);
      return;
    case HttpMutation::stale_ticket:
      if (is_read && response.status == 200 && is_ticket(request))
        answer_from(cache_.try_emplace(request.target, response).first->second, response);
      return;
    case HttpMutation::feed_without_newest:
      if (response.status == 200 && request.target.starts_with("/api/events"))
        drop_row(response, false);
      return;
    case HttpMutation::declined_is_created:
      if (response.status == 402) {
        response.status = 201;
        response.body = R"({"id":"000000000000000000000000"})";
      }
      return;
    case HttpMutation::history_without_first:
      if (response.status == 200 && request.target.ends_with("/history")) drop_row(response, true);
      return;
    case HttpMutation::delete_not_passed_on:
      if (request.method == "DELETE" && response.status == 200) {
        response.status = 204;
        response.body.clear();
      }
      return;
    case HttpMutation::body_of_another_version:
      if (request.method == "PUT" && response.status == 200) {
        auto body = response.json();
        body["version"] = body["version"].get<int>() + 1;
        response.body = body.dump();
      }
      return;
    case HttpMutation::unknown_is_refused:
      if (const auto at = response.body.find("outcome_unknown"); at != std::string::npos)
        response.body.replace(at, 15, "unavailable");
      return;
    default:
      return;
  }
}

}  // namespace usher::sim
