// A disk that fails below the real binary: from the failure on nothing is acknowledged, reads go
// on, the node says so and ends itself; and after a restart on a sound disk everything that was
// acknowledged is there.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/crowd.hpp"
#include "tests/integration/support/faults.hpp"

using namespace usher::integration;
using std::chrono::milliseconds;

namespace {

constexpr int exit_journal_failed = 3;
constexpr int first_signal_status = 128;
constexpr std::size_t tickets_before = 40;  // acknowledged before the disk begins to fail

// So small that tables are written all the time.
const Arguments small_buffers{"--set", "journal.write_buffer_bytes=1MiB",
                              "--set", "journal.wal_bytes_max=1MiB",
                              "--set", "journal.acked_sync=10ms"};

// What a client may be told by a node whose journal has failed.
const std::set<std::string> documented{"The outcome is not known yet, look again",
                                       "The service is not available, try again"};

// What the dying node answers to those who only look, between its first 503 and its end.
struct LastWords {
  int reads = 0;      // of a ticket, answered 200
  int not_ready = 0;  // /readyz, answered 503
  int wrong = 0;      // ready, or an acknowledged ticket that is not there
};

LastWords listen_until_the_end(int port, const std::string& ticket, const Refused& refused) {
  LastWords words;
  Client reader{port}, prober{port};
  for (int failures_in_a_row = 0; failures_in_a_row < 10;) {
    const bool failed_before = refused.seen;
    const auto ticket_answer = reader.get("/api/tickets/" + ticket);
    const auto ready = prober.get("/readyz");
    failures_in_a_row = ready.status == 0 ? failures_in_a_row + 1 : 0;
    if (ready.status == 0) std::this_thread::sleep_for(milliseconds(5));  // between two looks
    words.wrong += ticket_answer.status == 404;
    if (!failed_before) continue;
    words.reads += ticket_answer.status == 200;
    words.not_ready += ready.status == 503;
    words.wrong += ready.status == 200;
  }
  return words;
}

void check_all_there(const std::filesystem::path& data, const Acknowledged& known) {
  {
    ServerProcess server{data};
    CHECK(missing(server.port(), known, {known.tickets.begin(), known.tickets.end()}) ==
          std::vector<std::string>{});
    CHECK_FALSE(Client(server.port(), "seller").offer("after the repair").empty());
    server.terminate();
    CHECK(server.wait() == 0);
  }
  const auto verified = run_usher({"verify", data});
  CHECK_MESSAGE(verified.status == 0, verified.out, verified.err);
}

}  // namespace

TEST_CASE("a disk that fails: no answer that isn't true, reads go on, and all is there later") {
  const std::vector<FaultRule> faults{
      {"sync_eio", "db/*.log"},      {"write_enospc", "db/*.log"},  {"write_eio", "db/*.log"},
      {"write_torn", "db/*.log"},    {"sync_eio", "data/acked"},    {"write_enospc", "data/acked"},
      {"write_torn", "data/acked"},  {"sync_eio", "db/*.sst"},      {"write_enospc", "db/*.sst"},
      {"sync_eio", "db/MANIFEST"},   {"write_eio", "db/MANIFEST"},  {"sync_eio", "data/"},
      {"create_emfile", "db/*.log"}, {"create_emfile", "db/*.sst"}, {"create_emfile", "db/"},
      {"open_emfile", "db/"}};
  LastWords all;
  std::set<std::string> messages;
  for (const auto& rule : faults) {
    CAPTURE(rule.kind);
    CAPTURE(rule.files);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    Acknowledged known;
    {
      ServerProcess server{data, small_buffers, disk.environment()};
      Crowd crowd{server.port(), 1, known};
      const auto first_ticket = known.wait_for_tickets(tickets_before).front();
      CHECK(crowd.refused().count == 0);
      disk.set({rule});
      const auto words = listen_until_the_end(server.port(), first_ticket, crowd.refused());
      const auto status = server.wait();
      crowd.stop();
      const auto log = server.log();
      CAPTURE(log);
      CHECK(disk.fired(rule.kind) > 0);
      CHECK(status == exit_journal_failed);
      CHECK(log.find("journal failed") != std::string::npos);
      CHECK(crowd.refused().acknowledged_after == 0);
      CHECK(crowd.refused().without_retry_after == 0);
      CHECK(words.wrong == 0);
      messages.insert(crowd.refused().messages.begin(), crowd.refused().messages.end());
      all.reads += words.reads;
      all.not_ready += words.not_ready;
    }
    check_all_there(data, known);
  }
  for (const auto& message : messages) {
    CAPTURE(message);
    CHECK(documented.contains(message));
  }
  // The node lives on for a moment only, so not every disk finds somebody who looks.
  CHECK(all.reads > 0);
  CHECK(all.not_ready > 0);
  MESSAGE(faults.size(), " faults: ", all.reads, " reads and ", all.not_ready,
          " times 'not ready' answered between the failure and the end");
}

TEST_CASE("an outcome that is unknown is found out by its Idempotency-Key, and happens once") {
  for (const std::string kind : {"sync_eio", "write_eio", "write_torn"}) {
    CAPTURE(kind);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    const HeaderList key{{"Idempotency-Key", "the-one"}};
    const Json offer{{"title", "asked twice"}, {"price", 5}};
    {
      ServerProcess server{data, {}, disk.environment()};
      Client seller{server.port(), "seller"};
      CHECK_FALSE(seller.offer().empty());
      disk.set({{kind, "db/*.log"}});
      CHECK(seller.post("/api/tickets", offer, key).status == 503);
      CHECK(disk.fired(kind) > 0);
      CHECK(server.wait() == exit_journal_failed);
    }
    ServerProcess server{data};
    Client seller{server.port(), "seller"};
    const auto first = seller.post("/api/tickets", offer, key);
    const auto again = seller.post("/api/tickets", offer, key);
    CHECK(first.status == 201);
    CHECK(again.status == 201);
    CHECK(first.json().at("id") == again.json().at("id"));
    int found = 0;
    for (const auto& ticket : seller.get("/api/tickets").json())
      found += ticket.at("title") == "asked twice";
    CHECK(found == 1);
  }
}

TEST_CASE("what can wait does no harm: a file that can't be deleted, mapped or renamed") {
  for (const std::string kind : {"unlink_eio", "mmap_enomem", "rename_eio"}) {
    CAPTURE(kind);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    Acknowledged known;
    {
      ServerProcess server{data, small_buffers, disk.environment()};
      disk.set({{kind, "data/"}});
      Crowd crowd{server.port(), 1, known};
      (void)known.wait_for_tickets(4 * tickets_before);
      crowd.stop();
      CHECK(crowd.refused().count == 0);
      disk.set({});
      server.terminate();
      CHECK(server.wait() == 0);
    }
    check_all_there(data, known);
  }
}

TEST_CASE("a kernel that writes less than it was asked to does no harm") {
  const TempDir folder;
  const auto data = folder / "data";
  const Faults disk{folder / "faults"};
  Acknowledged known;
  {
    disk.set({{"write_short", "db/"}});
    ServerProcess server{data, small_buffers, disk.environment()};
    Crowd crowd{server.port(), 2, known};
    known.wait_for_tickets(200);
    crowd.stop();
    CHECK(crowd.refused().count == 0);
    server.terminate();
    CHECK(server.wait() == 0);
  }
  CHECK(disk.fired("write_short") > 200);
  check_all_there(data, known);
}

TEST_CASE("killed in the middle of a write: what was acknowledged is there") {
  const TempDir folder;
  const auto data = folder / "data";
  Acknowledged known;
  constexpr int rounds = 12;
  for (int round = 1; round <= rounds; ++round) {
    CAPTURE(round);
    const Faults disk{folder / ("faults" + std::to_string(round))};
    {
      const auto before = known.tickets.size();
      ServerProcess server{data, small_buffers, disk.environment()};
      Crowd crowd{server.port(), static_cast<unsigned>(round), known};
      known.wait_for_tickets(before + 10);
      disk.set({{"write_killed", round % 3 == 0 ? "db/*.sst" : "db/*.log", round}});
      CHECK(server.wait() == first_signal_status + SIGKILL);
      crowd.stop();
    }
    CHECK(disk.fired("write_killed") == 1);
    if (round % 4 == 0) check_all_there(data, known);
  }
}

TEST_CASE("a disk that fails while a node starts: it says so and ends, and harms nothing") {
  const TempDir folder;
  const auto data = folder / "data";
  Acknowledged known;
  {
    ServerProcess server{data, small_buffers};
    Crowd crowd{server.port(), 3, known};
    known.wait_for_tickets(tickets_before);
    server.kill();
    crowd.stop();
  }
  constexpr int starts_max = 200;
  for (const std::string kind : {"sync_eio", "write_enospc"}) {
    int failed_starts = 0;
    for (int skip = 0;; skip += 1 + skip / 4) {  // the n-th call and all behind it fail
      CAPTURE(kind);
      CAPTURE(skip);
      REQUIRE(skip < starts_max);
      const auto copy = folder / ("copy-" + kind + std::to_string(skip));
      std::filesystem::copy(data, copy, std::filesystem::copy_options::recursive);
      const Faults disk{copy.string() + ".faults"};
      disk.set({{kind, "copy-", skip}});
      bool served = false;
      std::string said;
      try {
        ServerProcess server{copy, {}, disk.environment()};
        served = true;
        server.terminate();
        const auto status = server.wait();
        CHECK(status.value_or(-1) < first_signal_status);
      } catch (const std::runtime_error& refused) {
        said = refused.what();
      }
      CAPTURE(said);
      if (!served) CHECK(said.find("usher: ") != std::string::npos);
      failed_starts += !served;
      const bool reached = disk.fired(kind) > 0;
      if (skip < 8) check_all_there(copy, known);
      std::filesystem::remove_all(copy);
      if (!reached) break;
    }
    CHECK(failed_starts > 2);
  }
}

TEST_CASE("a backup that runs out of space says so, and the one before it can be restored") {
  const TempDir folder;
  const auto data = folder / "data", backups = folder / "backups", restored = folder / "restored";
  const Faults disk{folder / "faults"};
  Acknowledged known;
  {
    ServerProcess server{data, small_buffers};
    Crowd crowd{server.port(), 4, known};
    known.wait_for_tickets(tickets_before);
    crowd.stop();
    server.terminate();
    CHECK(server.wait() == 0);
  }
  REQUIRE(run_usher({"backup", data, "--to", backups}).status == 0);
  {
    ServerProcess server{data};
    CHECK_FALSE(Client(server.port(), "seller").offer("not in the backup").empty());
    server.terminate();
    CHECK(server.wait() == 0);
  }
  disk.set({{"write_enospc", "backups/"}});
  const auto failed = run_usher({"backup", data, "--to", backups}, disk.environment());
  CHECK(disk.fired("write_enospc") > 0);
  CHECK(failed.status == 1);
  CHECK_MESSAGE(failed.err.find("usher: ") != std::string::npos, failed.err);
  REQUIRE(run_usher({"restore", backups, restored}).status == 0);
  check_all_there(restored, known);
}
