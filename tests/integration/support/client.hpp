// A browser with a cookie jar, over cpp-httplib: a parser of HTTP that is not our own.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/eventually.hpp"

namespace usher::integration {

using Json = nlohmann::json;
using HeaderList = std::vector<std::pair<std::string, std::string>>;
using Errors = std::vector<std::string>;

struct Answer {
  int status = 0;  // 0: no answer, so nobody knows whether it was done
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string text;

  [[nodiscard]] Json json() const;
  [[nodiscard]] std::string header(const std::string& lower_case_name) const;
  // "message" or "message (field)", one for each entry; "no errors array" when it has none.
  [[nodiscard]] Errors errors() const;
};

using testing::eventually;

class Client {
 public:
  // `user`: a session forged for that id, as existing suites do; empty: signed out.
  explicit Client(int port, const std::string& user = "");
  ~Client();
  Client(Client&&) noexcept;

  Answer call(const std::string& method, const std::string& target, HeaderList headers = {},
              const std::string& body = {});
  Answer get(const std::string& target, HeaderList headers = {});
  Answer del(const std::string& target, HeaderList headers = {});
  Answer post(const std::string& target, const Json& body, HeaderList headers = {});
  Answer put(const std::string& target, const Json& body, HeaderList headers = {});

  void time_out_after(std::chrono::milliseconds time);
  void forget_cookies() { cookies_.clear(); }
  [[nodiscard]] const std::map<std::string, std::string>& cookies() const { return cookies_; }

  // Shorthands; an empty id when it was refused.
  std::string offer(const std::string& title = "Concert", const Json& price = 20);
  std::string reserve(const std::string& ticket);
  Answer pay(const std::string& order, const std::string& token = "tok_visa");

  // Reads an event stream until `more` says no, at most for `time`.
  std::string stream(const std::string& target, HeaderList headers, std::chrono::seconds time,
                     const std::function<bool(const std::string& so_far)>& more);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  std::map<std::string, std::string> cookies_;
};

[[nodiscard]] std::string status_of(Client& client, const std::string& order);  // or "none"
[[nodiscard]] bool becomes(Client& client, const std::string& order, const std::string& status);

// {"alg":"HS256"} over {id, email, iat}; another key makes a forgery that must not be believed.
[[nodiscard]] std::string forged_token(const std::string& user, const std::string& key);
[[nodiscard]] std::string cookie_value(const std::string& token);
[[nodiscard]] std::string base64(const std::string& bytes);

}  // namespace usher::integration
