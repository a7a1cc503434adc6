// Starting and stopping: nothing that was asked is left without its answer.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>

#include "tests/http/test_front.hpp"

namespace usher::http {
namespace {

using testing::get_wait;
using testing::RawClient;
using testing::TestFront;
using testing::with_limits;

TEST_CASE("stop answers what is in flight, closes what is idle, and returns when that is done") {
  TestFront server;
  auto idle = server.connect();
  CHECK(idle.get("/hello").status == 200);
  auto fresh = server.connect();
  auto half = server.connect();
  half.send("GET /hello HTTP/1.1\r\nHo");
  auto busy = server.connect();
  busy.send(get_wait);
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  TestFront::wait_until([&] { return server.front->stats().connections == 4; });

  std::thread stopping([&] { server.front->stop(); });
  CHECK(idle.is_closed());
  CHECK(fresh.is_closed());
  half.send("st: h\r\n\r\n");
  const auto last = half.read_response();
  CHECK(last.body == "hello");
  CHECK(last.header("connection") == "close");
  half.close();
  server.gate->open = true;
  const auto answered = busy.read_response();
  CHECK(answered.body == "waited");
  CHECK(answered.header("connection") == "close");
  CHECK(busy.is_closed());
  busy.close();
  stopping.join();
  CHECK(server.front->stats().connections == 0);
}

TEST_CASE("a stopped front listens no more, and can be stopped again") {
  TestFront server;
  server.front->stop();
  server.front->stop();
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(server.port);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(connect(socket, reinterpret_cast<sockaddr*>(&target), sizeof(target)) != 0);
  close(socket);
}

TEST_CASE("stop_time_ms_max: what takes longer is cut off") {
  FrontOptions options;
  options.stop_time_ms_max = 50;
  TestFront server(options);
  auto busy = server.connect();
  busy.send(get_wait);
  auto half = server.connect();
  half.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  TestFront::wait_until([&] { return server.front->stats().connections == 2; });
  server.front->stop();
  CHECK(half.is_closed());
  server.front.reset();
  CHECK(busy.read_all().find("waited") == std::string::npos);
}

TEST_CASE("a front that cannot listen says why") {
  TestFront taken;
  const auto error_of = [](FrontOptions options) {
    Front front(std::move(options), Router{}, nullptr);
    const auto started = front.start();
    return started ? std::string() : started.error();
  };
  FrontOptions options;
  options.listen = {{.address = "127.0.0.1", .port = taken.port}};
  CHECK(error_of(options).find("cannot listen on 127.0.0.1:") != std::string::npos);
  options.listen = {{.address = "localhost"}};
  CHECK(error_of(options) == "not an IP address: localhost");
  options.listen = {{.tls = true}};
  options.tls = {.certificate = "/missing.pem", .key = "/missing.pem"};
  CHECK(error_of(options).starts_with("certificate /missing.pem"));
  options = {};
  for (const std::string network : {"10.0.0.0/33", "10.0.0.0/", "ten", "::/129", "10.0.0.0/-1"}) {
    options.trusted_proxies = {network};
    CHECK(error_of(options) == "trusted proxy is not a network: " + network);
  }
}

TEST_CASE("several addresses are served, IPv6 too") {
  FrontOptions options;
  options.listen = {{.address = "127.0.0.1"}, {.address = "::"}};
  TestFront server(options);
  const auto ports = server.front->ports();
  REQUIRE(ports.size() == 2);
  CHECK(ports[0] != ports[1]);
  CHECK(RawClient(ports[0]).get("/hello").body == "hello");
  // The IPv6 socket takes IPv4 as well, and names it as such.
  CHECK(RawClient(ports[1]).get("/echo").body.find("client 127.0.0.1\n") != std::string::npos);
}

// What a service manager does before it starts the process.
struct Inheritance {
  static constexpr int first = 3;
  int kept = dup(first);  // what the test process has there
  explicit Inheritance(int socket, const std::string& pid) {
    REQUIRE(dup2(socket, first) == first);
    setenv("LISTEN_PID", pid.c_str(), 1);
    setenv("LISTEN_FDS", "1", 1);
  }
  ~Inheritance() {
    if (kept >= 0) {
      dup2(kept, first);
      close(kept);
    }
  }
};

TEST_CASE("a listening socket of the service manager is taken over") {
  const int opened = ::socket(AF_INET, SOCK_STREAM, 0);
  const int socket = fcntl(opened, F_DUPFD, 100);  // not the number that is inherited
  close(opened);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(socket, reinterpret_cast<sockaddr*>(&any), sizeof(any)) == 0);
  REQUIRE(listen(socket, 8) == 0);
  socklen_t size = sizeof(any);
  getsockname(socket, reinterpret_cast<sockaddr*>(&any), &size);

  FrontOptions options;
  options.inherit_sockets = true;
  {
    const Inheritance inheritance(socket, std::to_string(getpid()));
    TestFront server(options);
    CHECK(server.port == ntohs(any.sin_port));
    CHECK(server.connect().get("/hello").body == "hello");
    CHECK(std::getenv("LISTEN_FDS") == nullptr);
    CHECK((fcntl(Inheritance::first, F_GETFD) & FD_CLOEXEC) != 0);
  }
  {
    const Inheritance for_another(socket, "1");
    TestFront server(options);
    CHECK(server.port != ntohs(any.sin_port));
    close(Inheritance::first);
  }
  close(socket);
}

}  // namespace
}  // namespace usher::http
