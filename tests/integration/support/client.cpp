#include "tests/integration/support/client.hpp"

#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>

#include "tests/integration/support/server_process.hpp"

namespace usher::integration {
namespace {

constexpr auto answer_time_max = std::chrono::seconds(60);

std::string base64_url(const std::string& bytes) {
  auto text = base64(bytes);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string id_in(const Answer& answer) {
  return answer.status == 201 ? answer.json().at("id").get<std::string>() : std::string{};
}

}  // namespace

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string status_of(Client& client, const std::string& order) {
  return client.get("/api/orders/" + order).json().value("status", "none");
}

bool becomes(Client& client, const std::string& order, const std::string& status) {
  return eventually([&] { return status_of(client, order) == status; });
}

std::string forged_token(const std::string& user, const std::string& key) {
  const Json payload{{"id", user}, {"email", user + "@example.com"}, {"iat", 1'700'000'000}};
  const auto text = base64_url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64_url(payload.dump());
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return text + '.' + base64_url({reinterpret_cast<const char*>(mac), size});
}

std::string cookie_value(const std::string& token) {
  return base64(R"({"jwt":")" + token + R"("})");
}

Json Answer::json() const { return Json::parse(text, nullptr, false); }

std::string Answer::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

Errors Answer::errors() const {
  const auto body = json();
  if (!body.is_object() || !body.contains("errors")) return {"no errors array: " + text};
  Errors out;
  for (const auto& error : body.at("errors")) {
    std::string line = error.at("message");
    if (error.contains("field")) line += " (" + error.at("field").get<std::string>() + ")";
    out.push_back(std::move(line));
  }
  return out;
}

struct Client::Connection {
  explicit Connection(int port) : http("127.0.0.1", port) {
    http.set_keep_alive(true);
    http.set_tcp_nodelay(true);
    http.set_url_encode(false);
    http.set_connection_timeout(answer_time_max);
    http.set_read_timeout(answer_time_max);
  }
  httplib::Client http;
};

Client::Client(int port, const std::string& user) : connection_(new Connection{port}) {
  if (!user.empty()) cookies_["express:sess"] = cookie_value(forged_token(user, jwt_key));
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

void Client::time_out_after(std::chrono::milliseconds time) {
  connection_->http.set_read_timeout(time);
  connection_->http.set_connection_timeout(time);
}

Answer Client::call(const std::string& method, const std::string& target, HeaderList headers,
                    const std::string& body) {
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.body = body;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  std::string cookie;
  for (const auto& [name, value] : cookies_)
    cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
  if (!cookie.empty() && request.headers.count("Cookie") == 0)
    request.headers.emplace("Cookie", cookie);

  const auto result = connection_->http.send(request);
  if (!result) return {};
  Answer answer{result->status, {}, result->body};
  for (const auto& [name, value] : result->headers) answer.headers.emplace(lower(name), value);
  const auto set = answer.header("set-cookie");
  if (const auto equals = set.find('='); equals != std::string::npos) {
    const auto value = set.substr(equals + 1, set.find(';') - equals - 1);
    if (value.empty())
      cookies_.erase(set.substr(0, equals));
    else
      cookies_[set.substr(0, equals)] = value;
  }
  return answer;
}

Answer Client::get(const std::string& target, HeaderList headers) {
  return call("GET", target, std::move(headers));
}
Answer Client::del(const std::string& target, HeaderList headers) {
  return call("DELETE", target, std::move(headers));
}
Answer Client::post(const std::string& target, const Json& body, HeaderList headers) {
  headers.emplace_back("Content-Type", "application/json");
  return call("POST", target, std::move(headers), body.dump());
}
Answer Client::put(const std::string& target, const Json& body, HeaderList headers) {
  headers.emplace_back("Content-Type", "application/json");
  return call("PUT", target, std::move(headers), body.dump());
}

std::string Client::offer(const std::string& title, const Json& price) {
  return id_in(post("/api/tickets", {{"title", title}, {"price", price}}));
}
std::string Client::reserve(const std::string& ticket) {
  return id_in(post("/api/orders", {{"ticketId", ticket}}));
}
Answer Client::pay(const std::string& order, const std::string& token) {
  return post("/api/payments", {{"orderId", order}, {"token", token}});
}

std::string Client::stream(const std::string& target, HeaderList headers, std::chrono::seconds time,
                           const std::function<bool(const std::string&)>& more) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  std::string all;
  httplib::Headers sent;
  for (const auto& [name, value] : headers) sent.emplace(name, value);
  connection_->http.set_read_timeout(time);
  connection_->http.Get(target, sent, [&](const char* data, std::size_t size) {
    all.append(data, size);
    return more(all) && std::chrono::steady_clock::now() < deadline;
  });
  return all;
}

}  // namespace usher::integration
