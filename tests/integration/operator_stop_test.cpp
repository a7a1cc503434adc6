// SIGTERM ends a node within server.shutdown_time, whatever hangs; a second one ends it at once.
// Nothing here measures: without the bound each of these waits for ever.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/http/raw_client.hpp"
#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"
#include "tests/integration/support/taken_port.hpp"

using namespace usher::integration;
using usher::http::testing::RawClient;

namespace {

constexpr int exit_by_signal = 128;

// A pipe that is full and that nobody reads.
class FullPipe {
 public:
  FullPipe() {
    REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    REQUIRE(fcntl(ends_[1], F_SETFL, O_NONBLOCK) == 0);
    const std::string bytes(4096, '.');
    while (::write(ends_[1], bytes.data(), bytes.size()) > 0) {
    }
    while (::write(ends_[1], bytes.data(), 1) > 0) {
    }
    REQUIRE(fcntl(ends_[1], F_SETFL, 0) == 0);  // whoever writes now waits
  }
  ~FullPipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  [[nodiscard]] int end() const { return ends_[1]; }

 private:
  int ends_[2] = {-1, -1};
};

// A node whose payment gateway takes connections and says nothing, and a buyer who waits for it.
class Hanging {
 public:
  Hanging(const TempDir& folder, const std::string& shutdown_time)
      : server_(folder / "data",
                {"--set", "payments.gateway=stripe", "--set",
                 "payments.stripe_base_url=http://" + gateway_.address(), "--set",
                 "payments.stripe_timeout=5m", "--set", "actors.job_time_max=20m", "--set",
                 "payments.wait=10m", "--set", "server.shutdown_time=" + shutdown_time},
                [] {
                  auto secrets = test_secrets();
                  secrets[2].second = "sk_test";
                  return secrets;
                }()) {
    Client seller{server_.port(), "seller"};
    Client buyer{server_.port(), "buyer"};
    order_ = buyer.reserve(seller.offer());
    REQUIRE_FALSE(order_.empty());
    buying_ = std::thread{[this] {
      Client paying{server_.port(), "buyer"};
      paying.time_out_after(std::chrono::minutes(5));
      static_cast<void>(paying.pay(order_));
    }};
    while (seller.get("/metrics").text.find("usher_gateway_queue 1") == std::string::npos)
      std::this_thread::yield();
  }
  ~Hanging() {
    server_.kill();
    buying_.join();
  }
  ServerProcess& server() { return server_; }

 private:
  TakenPort gateway_;
  ServerProcess server_;
  std::string order_;
  std::thread buying_;
};

}  // namespace

TEST_CASE("a reader of the log that does not read keeps no node from ending") {
  const TempDir folder;
  const FullPipe pipe;
  ServerProcess server{folder / "data",
                       {"--set", "log.access=true", "--set", "server.shutdown_time=2s"},
                       test_secrets(),
                       pipe.end()};
  Client client{server.port()};
  for (int i = 0; i < 100; ++i) CHECK(client.get("/healthz").status == 200);
  server.terminate();
  CHECK(server.wait() == 0);
}

TEST_CASE("nor does it keep a start that fails from saying so by its status") {
  const TempDir folder;
  const FullPipe pipe;
  const TakenPort taken;
  const std::string command = "timeout 60 '" USHER_BIN "' serve --data '" +
                              (folder / "data").string() + "' --set log.format=json --listen " +
                              taken.address() + " 2>&" + std::to_string(pipe.end());
  fcntl(pipe.end(), F_SETFD, 0);
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
}

TEST_CASE("a payment gateway that does not answer keeps no node from ending") {
  const TempDir folder;
  Hanging hanging{folder, "2s"};
  hanging.server().terminate();
  CHECK(hanging.server().wait() == 0);
}

TEST_CASE("a second SIGTERM ends a node at once") {
  const TempDir folder;
  Hanging hanging{folder, "10m"};
  hanging.server().terminate();
  REQUIRE(hanging.server().logs("stopping"));
  CHECK_FALSE(hanging.server().wait(0).has_value());
  hanging.server().terminate();
  CHECK(hanging.server().wait() == exit_by_signal + SIGTERM);
}

TEST_CASE("a stream that does not drain keeps no node from ending") {
  const TempDir folder;
  ServerProcess server{folder / "data", {"--set", "server.shutdown_time=2s"}};
  Client seller{server.port(), "seller"};
  constexpr int receive_buffer = 2048;
  RawClient deaf{static_cast<std::uint16_t>(server.port()), "127.0.0.1", receive_buffer};
  REQUIRE(deaf.send("GET /api/events HTTP/1.1\r\nHost: a\r\n\r\n"));
  REQUIRE_FALSE(deaf.read_until("\r\n\r\n").empty());
  const std::string title(200, 'x');
  for (int i = 0; i < 200; ++i) REQUIRE_FALSE(seller.offer(title).empty());
  // And one that has sent half a request, and one that is silent.
  RawClient half{static_cast<std::uint16_t>(server.port())},
      silent{static_cast<std::uint16_t>(server.port())};
  REQUIRE(half.send("POST /api/tickets HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"));
  server.terminate();
  CHECK(server.wait() == 0);
}
