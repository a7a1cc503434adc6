// What attackers try against the real binary. The rules are tested where they are written
// (docs/security.md names the tests); here: that they hold when everything is put together.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

// Sends bytes as they are, then reads until the server closes.
std::string raw(int port, const std::string& bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{30, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return "cannot connect";
  }
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;  // refused before all was sent
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  char buffer[4096];
  for (;;) {
    const auto count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(fd);
  return answer;
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

}  // namespace

TEST_CASE("no secret is in the log, in an answer, in the feed, in the figures or in an export") {
  for (const std::string format : {"text", "json"}) {
    CAPTURE(format);
    const TempDir folder;
    const auto data = folder / "data";
    const std::string password = "hunter2-hunter2", card = "tok_visa_debit";
    std::string session, log, public_text;
    {
      ServerProcess server{data,
                           {"--set", "log.access=true", "--set", "log.level=trace", "--set",
                            "log.format=" + format}};
      const HeaderList as_operator{{"Authorization", "Bearer " + operator_token}};
      Client person{server.port()};
      const Json credentials{{"email", "ada@example.com"}, {"password", password}};
      CHECK(person.post("/api/users/signup", credentials).status == 201);
      CHECK(person.post("/api/users/signin", credentials).status == 200);
      session = person.cookies().at("express:sess");
      REQUIRE(session.size() > 40);
      const auto order = person.reserve(person.offer());
      CHECK_FALSE(order.empty());
      CHECK(person.pay(order, card).status > 0);
      // Secrets where they don't belong, and requests that fail with them inside.
      CHECK(person.get("/api/tickets?q=" + password).status == 200);
      CHECK(person.get("/nothing/here?token=" + operator_token + "&password=" + password).status >
            0);
      CHECK(person
                .call("POST", "/api/users/signin", {{"Content-Type", "application/json"}},
                      "{\"password\":\"" + password + "\"")
                .status == 400);
      CHECK(person.get("/api/tickets?limit=" + password).status == 400);
      CHECK(person.get("/metrics", as_operator).status == 200);
      public_text =
          Client(server.port()).get("/api/events?after=0", {{"Accept", "application/json"}}).text;
      CHECK(public_text.find("ticket:created") != std::string::npos);
      public_text += Client(server.port()).get("/metrics").text;
      public_text += Client(server.port()).get("/api/config").text;
      public_text +=
          raw(server.port(), "GET /\r\nAuthorization: Bearer " + operator_token + "\r\n\r\n");
      server.terminate();
      CHECK(server.wait() == 0);
      log = server.log();
    }
    CHECK(log.find("/api/users/signin") != std::string::npos);  // the access log is on
    const auto exported = run_usher({"export", data});
    CHECK(exported.status == 0);
    const auto verified = run_usher({"verify", data});
    const auto said = log + public_text + exported.out + verified.out + verified.err;
    for (const auto& secret : {jwt_key, operator_token, password, session,
                               session.substr(0, session.size() / 2), std::string{"scrypt$"}}) {
      CAPTURE(secret);
      CHECK(said.find(secret) == std::string::npos);
    }
    CHECK(log.find(card) == std::string::npos);
    CHECK(public_text.find("ada@example.com") == std::string::npos);
    // Nor in what is on the disk, but for the hash of the password.
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in{entry.path(), std::ios::binary};
      const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
      const auto name = entry.path().string();
      CAPTURE(name);
      for (const auto& secret : {jwt_key, operator_token, password})
        CHECK(bytes.find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("the development key is its owner's alone, stays the same, and is not in the log") {
  const TempDir folder;
  const auto data = folder / "data";
  auto without_key = test_secrets();
  without_key[0].second = "";
  std::string first;
  for (int start = 0; start < 2; ++start) {
    ServerProcess server{data, {}, without_key};
    const auto file = data / "jwt_key";
    struct stat seen {};
    REQUIRE(::stat(file.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777) == 0600);
    std::string key;
    std::getline(std::ifstream{file}, key);
    CHECK(key.size() == 64);
    if (start == 0) first = key;
    CHECK(key == first);
    // A token that is signed with another key is nobody's.
    Client forger{server.port(), "mallory"};
    CHECK(forger.get("/api/users/currentuser").text == R"({"currentUser":null})");
    server.terminate();
    CHECK(server.wait() == 0);
    const auto log = server.log();
    CHECK(log.find("JWT_KEY is not set") != std::string::npos);
    CHECK(log.find(key) == std::string::npos);
  }
}

TEST_CASE("two readers of one request can't disagree about where it ends: 400, once, and closed") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  const std::string host = "Host: usher\r\n";
  const std::string hidden = "GET /api/users/currentuser HTTP/1.1\r\nHost: usher\r\n\r\n";
  const std::vector<std::string> smuggled{
      "POST /api/tickets HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n" +
          hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Content-Length: 5, 5\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host +
          "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host +
          "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host +
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" +
          hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\n" + hidden,
      "GET /api/tickets HTTP/1.1\n" + host + "\r\n" + hidden,
      "GET /api/tickets HTTP/1.1\r\nHost: usher\n\r\n" + hidden,
      "GET /api/tickets HTTP/1.1\r\n" + host + "X: a\r\n folded: b\r\n\r\n" + hidden,
      "GET /api/tickets HTTP/1.1\r\n" + host + host + "\r\n" + hidden,
      "GET /api/tickets HTTP/1.1\r\n" + host + "X: a\rContent-Length: 50\r\n\r\n" + hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5;\n\r\n" +
          hidden,
      "POST /api/tickets HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" +
          hidden};
  for (const auto& bytes : smuggled) {
    CAPTURE(bytes);
    const auto answer = raw(server.port(), bytes);
    CHECK(status_of(answer) >= 400);
    CHECK(status_of(answer) < 502);
    CHECK(count_of(answer, "HTTP/1.1 ") == 1);  // the hidden request has no answer
    CHECK(answer.find("currentUser") == std::string::npos);
  }
  CHECK(Client(server.port()).get("/healthz").status == 200);
}

TEST_CASE("bombs of headers and cookies are refused, and cost others nothing") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  const std::string start = "GET /api/users/currentuser HTTP/1.1\r\nHost: usher\r\n";
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  CHECK(status_of(raw(server.port(), start + many + "\r\n")) == 431);
  CHECK(status_of(raw(server.port(),
                      start + "Cookie: a=" + std::string(1 << 20, 'c') + "\r\n\r\n")) == 431);
  CHECK(status_of(raw(server.port(), "GET /" + std::string(1 << 20, 'a') +
                                         " HTTP/1.1\r\nHost: usher\r\n\r\n")) == 414);
  // As many cookies as the limits allow, none of them ours: signed out, not an error.
  std::string cookies = "Cookie: ";
  for (int i = 0; i < 250; ++i) cookies += "express:sess=" + std::to_string(i) + "; ";
  const auto answer = raw(server.port(), start + cookies + "\r\nConnection: close\r\n\r\n");
  CHECK(status_of(answer) == 200);
  CHECK(answer.find(R"({"currentUser":null})") != std::string::npos);
  CHECK(Client(server.port()).get("/healthz").status == 200);
}

TEST_CASE("no path leads out of the page's folder") {
  const TempDir folder;
  const auto page = folder / "page";
  fs::create_directories(page / "assets");
  std::ofstream{page / "index.html"} << "<!doctype html><title>page</title>";
  std::ofstream{page / "assets/app.js"} << "inside";
  const std::string secret = "what nobody may read";
  std::ofstream{folder / "secret.txt"} << secret;
  std::ofstream{page / ".hidden"} << secret;
  fs::create_symlink(folder / "secret.txt", page / "link.txt");
  const ServerProcess server{folder / "data", {"--web", page}};
  for (const std::string path :
       {"/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "//secret.txt",
        "/./../secret.txt", "/..\\secret.txt", "/%5c..%5csecret.txt", "/link.txt", "/.hidden",
        "/%2ehidden", "/assets/..%00/../secret.txt", "/%252e%252e/secret.txt"}) {
    CAPTURE(path);
    const auto answer = raw(server.port(), "GET " + path +
                                               " HTTP/1.1\r\nHost: usher\r\n"
                                               "Connection: close\r\n\r\n");
    CHECK(status_of(answer) > 0);
    CHECK(answer.find(secret) == std::string::npos);
  }
  CHECK(Client(server.port()).get("/assets/app.js").text == "inside");
}

TEST_CASE("every answer tells browsers to be careful, and sign-ins can be slowed down") {
  const TempDir folder;
  const ServerProcess server{folder / "data",
                             {"--set", "rate.signins_per_minute_per_client=5", "--set",
                              "auth.cookie_secure=true", "--set", "auth.cookie_samesite=lax"}};
  Client client{server.port()};
  const auto answer = client.get("/api/tickets");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("content-security-policy").find("default-src 'none'") != std::string::npos);
  CHECK_FALSE(answer.header("referrer-policy").empty());

  const auto cookie =
      client.post("/api/users/signup", {{"email", "a@x.co"}, {"password", "password"}})
          .header("set-cookie");
  for (const std::string flag : {"; httponly", "; secure", "; samesite=lax", "; path=/"}) {
    CAPTURE(flag);
    CHECK(cookie.find(flag) != std::string::npos);
  }
  // The same answer for whoever has an account and whoever has not; then neither is asked.
  std::set<std::string> texts;
  int limited = 0;
  for (int i = 0; i < 10; ++i) {
    const auto tried = client.post(
        "/api/users/signin", {{"email", i % 2 ? "a@x.co" : "b@x.co"}, {"password", "a guess"}});
    CHECK((tried.status == 400 || tried.status == 429));
    if (tried.status == 400) texts.insert(tried.text);
    if (tried.status != 429) continue;
    ++limited;
    CHECK_FALSE(tried.header("retry-after").empty());
  }
  CHECK(texts.size() == 1);
  CHECK(limited >= 4);
}
