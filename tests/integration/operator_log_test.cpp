// The log: in JSON every line is an object, whatever a client sends; what a node does (start,
// ready, reload, stop) has a line each; requests have their path.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/http/raw_client.hpp"
#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

// The lines of a log in JSON; fails on any that is none.
std::vector<Json> json_lines(const std::string& log) {
  std::vector<Json> lines;
  std::istringstream in{log};
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    auto json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    CHECK(json.is_object());
    if (!json.is_object()) continue;
    for (const char* name : {"time", "level", "message"}) CHECK(json.contains(name));
    lines.push_back(std::move(json));
  }
  return lines;
}

std::vector<Json> with_message(const std::vector<Json>& lines, const std::string& message) {
  std::vector<Json> found;
  for (const auto& line : lines)
    if (line.value("message", "") == message) found.push_back(line);
  return found;
}

Arguments json_log() { return {"--set", "log.format=json", "--set", "log.access=true"}; }

}  // namespace

TEST_CASE("a node's log in JSON: every line is an object") {
  const TempDir folder;
  auto secrets = test_secrets();
  secrets[0].second = "";  // a warning of the start
  ServerProcess server{folder / "data", json_log(), secrets};
  Client client{server.port()};
  CHECK(client.get("/api/tickets?q=secret").status == 200);
  CHECK(client.get("/api/tickets/%22%0a%00%ff").status >= 400);
  for (const std::string raw :
       {"GET /\"quoted\"\\path HTTP/1.1\r\nHost: a\r\nX-Request-Id: \"x\"\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n", "nonsense\r\n\r\n", "GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        "BREW /pot HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}) {
    usher::http::testing::RawClient wire{static_cast<std::uint16_t>(server.port())};
    wire.send(raw);
    wire.end_sending();
    static_cast<void>(wire.read_all());
  }
  server.hang_up();
  CHECK(server.logs("nothing to reload"));
  server.terminate();
  REQUIRE(server.wait() == 0);

  const auto lines = json_lines(server.log());
  REQUIRE(with_message(lines, "starting").size() == 1);
  const auto start = with_message(lines, "starting").front();
  CHECK(start.at("data") == (folder / "data").string());
  CHECK(start.at("version").get<std::string>().find('.') != std::string::npos);
  CHECK(start.at("settings").get<std::string>().size() == 16);
  CHECK(start.at("listen") == "127.0.0.1:0");
  REQUIRE(with_message(lines, "ready").size() == 1);
  CHECK(with_message(lines, "ready").front().at("address") == server.address());
  CHECK(with_message(lines, "stopping").size() == 1);
  REQUIRE(with_message(lines, "stopped").size() == 1);
  CHECK(with_message(lines, "stopped").front().at("status") == 0);
  const auto requests = with_message(lines, "request");
  REQUIRE(requests.size() >= 4);
  CHECK(requests.front().at("path") == "/api/tickets");
  CHECK(requests.front().at("status") == 200);
  CHECK(server.log().find("secret") == std::string::npos);
}

TEST_CASE("a start that fails is an object, too") {
  const TempDir folder;
  for (const Arguments& wrong :
       {Arguments{"--tls-cert", "/none\"", "--tls-key", "/none"},
        Arguments{"--listen", "no-such-host.invalid:1"}, Arguments{"--production"}}) {
    Arguments all{"serve", "--data", folder / "data", "--set", "log.format=json"};
    all.insert(all.end(), wrong.begin(), wrong.end());
    const auto refused = run_usher(all);
    CHECK(refused.status == 2);
    CHECK(with_message(json_lines(refused.err), "the start failed").size() == 1);
  }
}

TEST_CASE("what a reload finds is in the log") {
  const TempDir folder;
  const auto pem = folder / "both.pem";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=test "
      "-keyout '" +
      (folder / "key").string() + "' -out '" + (folder / "cert").string() + "' 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  ServerProcess server{folder / "data",
                       {"--tls-cert", folder / "cert", "--tls-key", folder / "key"}};
  server.hang_up();
  CHECK(server.logs("reloaded the certificate"));
  std::ofstream{folder / "key"} << "no key";
  server.hang_up();
  CHECK(server.logs("the certificate was not reloaded"));
}
