// A disk that loses what it said it had kept, or returns other bytes than it was given. Nobody can
// bring those back; but a node must not serve what is left as if nothing had happened.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/crowd.hpp"
#include "tests/integration/support/faults.hpp"

using namespace usher::integration;
using std::chrono::milliseconds;

namespace {

constexpr int status_killed = 128 + SIGKILL;
constexpr int status_failed_disk = 3;

// What a start says that is refused; empty when it serves.
std::string refusal_of(const std::filesystem::path& data) {
  try {
    const ServerProcess server{data};
    return "";
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
}

void check_nothing_missing(const std::filesystem::path& data, const Acknowledged& known) {
  {
    const ServerProcess server{data};
    CHECK(missing(server.port(), known, {known.tickets.begin(), known.tickets.end()}) ==
          std::vector<std::string>{});
  }
  const auto verified = run_usher({"verify", data});
  CHECK_MESSAGE(verified.status == 0, verified.out, verified.err);
}

}  // namespace

TEST_CASE("the power goes: what was not synced is gone, what was acknowledged is there") {
  const TempDir folder;
  const auto data = folder / "data";
  Acknowledged known;
  constexpr int rounds = 15;
  int cuts = 0;
  for (int round = 1; round <= rounds; ++round) {
    CAPTURE(round);
    const Faults disk{folder / ("faults" + std::to_string(round))};
    {
      const auto before = known.tickets.size();
      // Small tables in every other round, so that the cut also falls into a flush.
      const Arguments more = round % 2 == 0 ? Arguments{"--set", "journal.write_buffer_bytes=1MiB",
                                                        "--set", "journal.wal_bytes_max=1MiB"}
                                            : Arguments{};
      ServerProcess server{data, more, disk.environment()};
      Crowd crowd{server.port(), static_cast<unsigned>(round), known};
      known.wait_for_tickets(before + 10);
      disk.set({{"power_cut", "db/", 3 * round}});
      CHECK(server.wait() == status_killed);
      crowd.stop();
    }
    cuts += disk.fired("power_cut");
    check_nothing_missing(data, known);
  }
  CHECK(cuts == rounds);
}

TEST_CASE(
    "a disk that only says it synced, and a power cut: the start is refused, with what is "
    "missing") {
  const TempDir folder;
  const auto data = folder / "data";
  const Faults disk{folder / "faults"};
  Acknowledged known;
  {
    ServerProcess server{data, {}, disk.environment()};
    Crowd crowd{server.port(), 1, known};
    const auto before = known.wait_for_tickets(20).size();
    disk.set({{"sync_lies", "db/*.log"}});
    known.wait_for_tickets(before + 40);
    disk.set({{"power_cut", "db/"}});
    CHECK(server.wait() == status_killed);
    crowd.stop();
  }
  CHECK(disk.fired("sync_lies") > 0);
  CHECK(disk.fired("power_cut") == 1);
  const auto said = refusal_of(data);
  CAPTURE(said);
  CHECK(said.find("acknowledged records are missing") != std::string::npos);
  CHECK(said.find("shard") != std::string::npos);
  CHECK(said.find("usher restore") != std::string::npos);
  CHECK_FALSE(refusal_of(data).empty());  // asking again changes nothing
  const auto verified = run_usher({"verify", data});
  CHECK(verified.status == 1);
  CHECK_FALSE((verified.out + verified.err).empty());
}

TEST_CASE("one bit of the log is written wrong: after a kill the start is refused") {
  constexpr int rounds = 5;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    Acknowledged known;
    {
      ServerProcess server{data, {}, disk.environment()};
      Crowd crowd{server.port(), static_cast<unsigned>(round), known};
      known.wait_for_tickets(10);
      disk.set({{"write_flips", "db/*.log", 5 * round, 1}});
      known.wait_for_tickets(10 + 60 * (1 + static_cast<std::size_t>(round)));
      server.kill();
      crowd.stop();
    }
    REQUIRE(disk.fired("write_flips") == 1);
    const auto said = refusal_of(data);
    CAPTURE(said);
    CHECK(said.find("missing") != std::string::npos);
    CHECK(said.find("shard") != std::string::npos);
    CHECK(run_usher({"verify", data}).status == 1);
  }
}

TEST_CASE("one bit of a table is written wrong: it is refused or reported, never served") {
  constexpr int rounds = 8;
  int reported = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const TempDir folder;
    const auto data = folder / "data";
    const Faults disk{folder / "faults"};
    Acknowledged known;
    {
      ServerProcess server{
          data,
          {"--set", "journal.write_buffer_bytes=1MiB", "--set", "journal.wal_bytes_max=1MiB"},
          disk.environment()};
      Crowd crowd{server.port(), static_cast<unsigned>(round), known};
      known.wait_for_tickets(10);
      disk.set({{"write_flips", "db/*.sst", round, 1}});
      REQUIRE(eventually([&] { return disk.fired("write_flips") > 0; }));
      std::this_thread::sleep_for(milliseconds(100));  // it works on with the damaged table
      server.kill();
      crowd.stop();
    }
    REQUIRE(disk.fired("write_flips") == 1);
    const bool is_clean = run_usher({"verify", data}).status == 0;
    reported += !is_clean;
    try {
      ServerProcess server{data};
      const auto lost = missing(server.port(), known, {known.tickets.begin(), known.tickets.end()},
                                is_clean ? Unreadable::is_lost : Unreadable::is_allowed);
      CAPTURE(lost.empty() ? "nothing" : lost.front());
      CHECK(lost == std::vector<std::string>{});
      // It may come upon the damage while it merges tables: then it ends, and says so.
      const bool is_alive = Client{server.port()}.get("/healthz").status == 200;
      if (is_alive) continue;
      CHECK_FALSE(is_clean);
      CHECK(server.wait() == status_failed_disk);
    } catch (const std::runtime_error& refused) {
      const std::string why = refused.what();
      CAPTURE(why);
      CHECK_FALSE(is_clean);
      CHECK(why.find("usher: ") != std::string::npos);
    }
  }
  CHECK(reported > 0);
  MESSAGE(reported, " of ", rounds, " damaged tables were reported; the others had not been used");
}
