// A disk that neither works nor fails: a sync that never returns keeps no node from ending within
// server.shutdown_time, whether it serves or still starts.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/faults.hpp"

using namespace usher::integration;

TEST_CASE("a disk that hangs keeps no node from ending") {
  const TempDir folder;
  const Faults faults{folder / "faults"};
  faults.set({});
  ServerProcess server{folder / "data", {"--set", "server.shutdown_time=2s"}, faults.environment()};
  Client seller{server.port(), "seller"};
  REQUIRE_FALSE(seller.offer().empty());
  faults.set({{"sync_hangs", "db/"}});
  std::thread waiting{[port = server.port()] {
    static_cast<void>(Client{port, "seller"}.offer());  // nobody knows what becomes of it
  }};
  while (faults.fired("sync_hangs") == 0) std::this_thread::yield();
  server.terminate();
  CHECK(server.wait() == 0);
  server.kill();
  waiting.join();
  faults.set({});
  ServerProcess again{folder / "data"};
  CHECK(Client{again.port()}.get("/api/tickets").json().size() >= 1);
}

TEST_CASE("nor one that is still starting") {
  const TempDir folder;
  const Faults faults{folder / "faults"};
  faults.set({{"sync_hangs", "db/"}});
  std::ofstream{folder / "script"} << R"(
LD_PRELOAD="$2" USHER_TEST_FAULTS="$3/faults" ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
  "$1" serve --data "$3/data" --listen 127.0.0.1:0 --set server.shutdown_time=2s > /dev/null 2>&1 &
node=$!
for i in $(seq 1200); do grep -q sync_hangs "$3/faults.fired" 2> /dev/null && break; sleep 0.05; done
kill $node
for i in $(seq 1200); do kill -0 $node 2> /dev/null || break; sleep 0.05; done
kill -9 $node 2> /dev/null
wait $node
)";
  const std::string command = "bash '" + (folder / "script").string() + "' '" USHER_BIN "' '" +
                              std::string{USHER_FAULTY_IO} + "' '" + folder.path().string() + "'";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 0);
  CHECK(faults.fired("sync_hangs") > 0);
}
