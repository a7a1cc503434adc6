// Requests and responses as bytes, from the client's side; and the defects that stand between a
// client and the front. What a slip in a route would make of a request or an answer, they make of
// its bytes: the product has no hook for them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher::sim {

struct HttpRequest {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
};

// Takes one whole response off the front of `bytes`; nullopt: it is not complete.
[[nodiscard]] std::optional<HttpResponse> take_response(std::string& bytes);

enum class HttpMutation : int {
  none = 0,
  if_match_ignored = 1,     // the condition of an edit does not reach the market
  etag_of_older = 2,        // an answer carries the ETag of the version before
  key_not_passed_on = 3,    // the Idempotency-Key is lost on the way
  session_of_another = 4,   // a request is taken for the next user's
  cursor_off_by_one = 5,    // the second page of a list begins one row late
  list_without_newest = 6,  // a list misses one row
  stale_ticket = 7,         // a ticket is answered from a cache that nobody empties
  feed_without_newest = 8,  // a poll of the feed misses the last event
  declined_is_created = 9,  // 402 becomes 201
  history_without_first = 10,
  delete_not_passed_on = 11,     // 204, and nothing was done
  body_of_another_version = 12,  // the answer to an edit shows another version than it made
  edit_not_passed_on = 13,       // an edit is answered from what is there
  unknown_is_refused = 14,       // "outcome unknown" becomes "not available": not done
};
inline constexpr int http_mutation_count = 14;
[[nodiscard]] std::string_view name_of(HttpMutation mutation);

class WireMutant {
 public:
  explicit WireMutant(int mutation) : mutation_(static_cast<HttpMutation>(mutation)) {}
  // The headers by which somebody is known: a request has one of them.
  using Session = std::vector<std::pair<std::string, std::string>>;
  // `next_session`: somebody else's.
  void on_request(HttpRequest& request, const Session& next_session) const;
  void on_response(const HttpRequest& request, HttpResponse& response);

 private:
  [[nodiscard]] bool is(HttpMutation mutation) const { return mutation_ == mutation; }
  HttpMutation mutation_;
  std::map<std::string, HttpResponse> cache_;
};

}  // namespace usher::sim
