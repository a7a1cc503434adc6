// Too few descriptors, a directory that goes away, a disk whose syncs are dear: what a node does at
// the limits of what it is given.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/faults.hpp"
#include "tests/integration/support/server_process.hpp"
#include "tests/support/eventually.hpp"

using namespace usher::integration;
using usher::testing::eventually;
namespace fs = std::filesystem;

namespace {

constexpr int exit_journal_failed = 3;

// So small that logs and tables are made all the time.
const Arguments small_buffers{"--set", "journal.write_buffer_bytes=1MiB", "--set",
                              "journal.wal_bytes_max=1MiB"};

Environment with_open_files(int most) {
  auto all = test_secrets();
  all.emplace_back(open_files_variable, std::to_string(most));
  return all;
}

// Connections that say nothing.
class IdleCrowd {
 public:
  IdleCrowd(int port, int count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < count; ++i) {
      sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      connected_ += connect(sockets_.back(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    }
  }
  ~IdleCrowd() {
    for (const int each : sockets_) ::close(each);
  }
  IdleCrowd(const IdleCrowd&) = delete;
  IdleCrowd& operator=(const IdleCrowd&) = delete;
  [[nodiscard]] int connected() const { return connected_; }

 private:
  std::vector<int> sockets_;
  int connected_ = 0;
};

Json offer_of(int number) { return {{"title", std::string(200, 'x')}, {"price", 5 + number % 10}}; }

}  // namespace

// 1,024 is what a service gets where nobody asked for more. A node died by SIGABRT within seconds.
TEST_CASE("idle connections never take the files that the store needs") {
  const TempDir folder;
  const auto data = folder / "data";
  std::vector<std::string> acknowledged;
  {
    ServerProcess server{data, small_buffers, with_open_files(1'024)};
    Client seller{server.port(), "seller"};
    REQUIRE_FALSE(seller.offer().empty());
    const IdleCrowd crowd{server.port(), 1'500};
    CHECK(crowd.connected() > 500);
    int refused = 0;
    for (int i = 0; i < 6'000 && refused == 0; ++i) {
      const auto answer = seller.post("/api/tickets", offer_of(i));
      if (answer.status == 201)
        acknowledged.push_back(answer.json().at("id"));
      else
        ++refused;
    }
    CHECK(refused == 0);
    CHECK(server.log().find("the limit of open files is 1024") != std::string::npos);
    server.terminate();
    CHECK(server.wait() == 0);
  }
  CHECK(acknowledged.size() == 6'000);
  const auto verified = run_usher({"verify", data});
  CHECK_MESSAGE(verified.status == 0, verified.out, verified.err);
}

TEST_CASE("a start with too few files is refused in words") {
  const TempDir folder;
  const auto started = run_usher({"serve", "--data", folder / "data", "--listen", "127.0.0.1:0"},
                                 with_open_files(128));
  CHECK(started.status == 1);
  CHECK(started.err.find("the limit of open files is 128") != std::string::npos);
  CHECK_FALSE(fs::exists(folder / "data"));
}

// It went on for 22,094 more answers of 201, and the next start was a new, silent market.
TEST_CASE("a data directory that is deleted under the node is noticed, written to or not") {
  for (const bool writes : {true, false}) {
    CAPTURE(writes);
    const TempDir folder;
    const auto data = folder / "data";
    {
      ServerProcess server{data};
      Client seller{server.port(), "seller"};
      REQUIRE_FALSE(seller.offer().empty());
      fs::remove_all(data);
      if (writes) {
        const auto answer = seller.post("/api/tickets", offer_of(1));
        CHECK((answer.status == 503 || answer.status == 0));
        const auto ready = Client{server.port()}.get("/readyz");
        CHECK((ready.status == 503 || ready.status == 0));
      }
      CHECK(server.wait() == exit_journal_failed);
      CHECK(server.log().find("was deleted, moved or replaced") != std::string::npos);
    }
    CHECK_FALSE(fs::exists(data));

    const auto refused =
        run_usher({"serve", "--data", data, "--listen", "127.0.0.1:0", "--expect-data"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("there is no store in " + data.string()) != std::string::npos);
    CHECK_FALSE(fs::exists(data));

    ServerProcess server{data};
    CHECK(server.log().find("one was served from there before") != std::string::npos);
    server.terminate();
    CHECK(server.wait() == 0);
  }
}

TEST_CASE("an empty directory is no store for --expect-data; a store is one") {
  const TempDir folder;
  const auto data = folder / "data";
  fs::create_directory(data);
  const auto refused =
      run_usher({"serve", "--data", data, "--listen", "127.0.0.1:0", "--expect-data"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("leave out --expect-data") != std::string::npos);
  CHECK(fs::is_empty(data));
  for (const Arguments& more : {Arguments{}, Arguments{"--expect-data"}}) {
    ServerProcess server{data, more};
    CHECK(server.log().find("there is no store") == std::string::npos);
    server.terminate();
    CHECK(server.wait() == 0);
  }
}

// 64 shards began their epochs by one sync each: 7 s on a disk with 100 ms for each sync, while
// /readyz said ready and commands were refused.
TEST_CASE("a start costs a few syncs, not one for each shard, and is ready when it says so") {
  const TempDir folder;
  const auto data = folder / "data";
  const Faults disk{folder / "faults"};
  { ServerProcess first{data}; }
  disk.set({{"sync_counted", "db/*.log"}});
  ServerProcess server{data, {}, disk.environment()};
  const int before_the_first_write = disk.fired("sync_counted");
  CHECK(before_the_first_write > 0);
  CHECK(before_the_first_write < 8);
  CHECK(Client{server.port()}.get("/readyz").status == 200);
  Client seller{server.port(), "seller"};
  for (int i = 0; i < 24; ++i) CHECK(seller.post("/api/tickets", offer_of(i)).status == 201);
}

// The same on disks that are that slow, with overdue orders to end at once: each sync is worth half
// a second of nobody's time.
TEST_CASE(
    "a start on a slow disk is one batch of epochs, and takes orders as soon as it is ready") {
  for (const std::string kind : {"sync_takes_100ms", "sync_takes_500ms"}) {
    CAPTURE(kind);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    std::vector<std::string> orders;
    {
      ServerProcess first{data, {"--set", "orders.lifetime=1s"}};
      Client seller{first.port(), "seller"};
      Client buyer{first.port(), "buyer"};
      for (int i = 0; i < 10; ++i)
        orders.push_back(buyer.reserve(seller.post("/api/tickets", offer_of(i)).json().at("id")));
    }
    disk.set({{kind, "db/"}});
    ServerProcess server{data, {}, disk.environment()};
    const int before_it_listens = disk.fired(kind);
    CHECK(before_it_listens > 0);
    CHECK(before_it_listens < 12);
    CHECK(Client{server.port()}.get("/readyz").status == 200);
    Client seller{server.port(), "seller"};
    for (int i = 0; i < 6; ++i) CHECK(seller.post("/api/tickets", offer_of(i)).status == 201);
    Client buyer{server.port(), "buyer"};
    for (const auto& order : orders)
      CHECK(eventually(
          [&] { return buyer.get("/api/orders/" + order).json().at("status") == "cancelled"; }));
  }
}
