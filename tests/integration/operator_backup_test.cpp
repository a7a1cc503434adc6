// Backups survive typing errors: nothing but `serve` and `restore` makes a directory, retention
// never removes what no newer backup holds, and a start or restore that fails leaves nothing
// behind.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"
#include "tests/integration/support/taken_port.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

void sell(const fs::path& data, int tickets) {
  ServerProcess server{data};
  Client seller{server.port(), "seller"};
  for (int i = 0; i < tickets; ++i) REQUIRE_FALSE(seller.offer().empty());
  server.terminate();
  REQUIRE(server.wait() == 0);
}

std::string exported(const fs::path& data) {
  const auto done = run_usher({"export", data});
  CHECK(done.status == 0);
  return done.out;
}

Json listed(const fs::path& backups) {
  const auto done = run_usher({"backup", "list", backups, "--json"});
  CHECK_MESSAGE(done.status == 0, done.err);
  return Json::parse(done.out);
}

std::vector<int> numbers(const fs::path& backups) {
  std::vector<int> all;
  for (const auto& each : listed(backups)) all.push_back(each.at("number"));
  return all;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::recursive_directory_iterator{folder}, fs::recursive_directory_iterator{}));
}

// The commands that are told a data directory, apart from those that make one.
std::vector<Arguments> commands_on(const fs::path& data, const fs::path& backups) {
  return {{"verify", data},
          {"verify", data, "--json"},
          {"export", data},
          {"rebuild", data},
          {"backup", data, "--to", backups}};
}

}  // namespace

TEST_CASE("a directory that is not there is a mistake, in words, and nothing is made") {
  const TempDir folder;
  for (const auto& command : commands_on(folder / "typo", folder / "backups")) {
    CAPTURE(command[0]);
    const auto refused = run_usher(command);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("there is no data directory") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "typo"));
    CHECK_FALSE(fs::exists(folder / "backups"));
  }
}

TEST_CASE("backups are not put where they would be lost with the data") {
  const TempDir folder;
  const auto data = folder / "data";
  {
    ServerProcess server{data};
    server.terminate();
    REQUIRE(server.wait() == 0);
  }
  const auto before = entries(data);
  for (const auto& inside :
       {data, data / "backups", data / "db", data / "." / "x", folder.path()}) {
    CAPTURE(inside);
    const auto refused = run_usher({"backup", data, "--to", inside});
    CHECK(refused.status == 1);
    CHECK_MESSAGE(refused.err.find("inside") != std::string::npos, refused.err);
  }
  CHECK(entries(data) == before);
  const auto backups = folder / "backups";
  REQUIRE(run_usher({"backup", data, "--to", backups}).status == 0);
  CHECK(run_usher({"restore", backups, backups / "data"}).status == 1);
  CHECK_FALSE(fs::exists(backups / "data"));
}

TEST_CASE("a directory of something else is left as it is") {
  const TempDir folder;
  fs::create_directories(folder / "photos" / "db");
  std::ofstream{folder / "photos" / "holiday.jpg"} << "sun";
  std::ofstream{folder / "file"} << "no directory";
  const auto before = entries(folder / "photos");
  for (const std::string name : {"photos", "file"})
    for (const auto& command : commands_on(folder / name, folder / "backups")) {
      CAPTURE(command[0]);
      CAPTURE(name);
      const auto refused = run_usher(command);
      CHECK(refused.status == 1);
      CHECK(refused.err.find("usher: ") == 0);
      CHECK(refused.err.find("IO error") == std::string::npos);
      CHECK(entries(folder / "photos") == before);
      CHECK_FALSE(fs::exists(folder / "backups"));
    }
  for (const auto& command : {Arguments{"backup", "list", folder / "photos"},
                              Arguments{"backup", "remove", folder / "photos", "1"},
                              Arguments{"restore", folder / "photos", folder / "restored"},
                              Arguments{"backup", "list", folder / "typo"},
                              Arguments{"backup", "remove", folder / "typo", "1"},
                              Arguments{"restore", folder / "typo", folder / "restored"}}) {
    CAPTURE(command[1]);
    const auto refused = run_usher(command);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("there are no backups") != std::string::npos);
    CHECK(entries(folder / "photos") == before);
    CHECK_FALSE(fs::exists(folder / "restored"));
    CHECK_FALSE(fs::exists(folder / "typo"));
  }
}

TEST_CASE("retention never removes a backup that holds more than every newer one") {
  const TempDir folder;
  const auto full = folder / "full", reset = folder / "reset", backups = folder / "backups";
  sell(full, 20);
  sell(reset, 2);
  for (int i = 0; i < 3; ++i)
    REQUIRE(run_usher({"backup", full, "--to", backups, "--keep", "3"}).status == 0);
  std::string said;
  for (int i = 0; i < 5; ++i) {  // the wrong directory, again and again
    const auto done = run_usher({"backup", reset, "--to", backups, "--keep", "3"});
    REQUIRE_MESSAGE(done.status == 0, done.err);
    said = done.out;
  }
  CHECK(numbers(backups) == std::vector<int>{3, 6, 7, 8});
  CHECK(said.find("kept backup 3") != std::string::npos);
  const auto done = run_usher({"restore", backups, folder / "restored", "--backup", "3"});
  CHECK_MESSAGE(done.status == 0, done.err);
  CHECK(exported(folder / "restored") == exported(full));
  CHECK(run_usher({"verify", folder / "restored"}).status == 0);

  // Being told so it removes that one, too; and when a newer one holds as much it goes by itself.
  REQUIRE(run_usher({"backup", full, "--to", backups, "--keep", "3"}).status == 0);
  CHECK(numbers(backups) == std::vector<int>{7, 8, 9});
  CHECK(run_usher({"backup", "remove", backups, "9"}).status == 0);
  CHECK(numbers(backups) == std::vector<int>{7, 8});
  CHECK(run_usher({"backup", "remove", backups, "9"}).status == 1);
}

TEST_CASE("each listed backup can be restored") {
  const TempDir folder;
  const auto data = folder / "data", backups = folder / "backups";
  std::vector<std::string> states;
  for (int i = 0; i < 3; ++i) {
    sell(data, 3);
    states.push_back(exported(data));
    REQUIRE(run_usher({"backup", data, "--to", backups}).status == 0);
  }
  const auto list = listed(backups);
  REQUIRE(list.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(list[i].at("number") == i + 1);
    CHECK(list[i].at("events").get<int>() >= 3 * static_cast<int>(i + 1));
    const auto restored = folder / ("restored" + std::to_string(i + 1));
    const auto done = run_usher({"restore", backups, restored, "--backup", std::to_string(i + 1)});
    CHECK_MESSAGE(done.status == 0, done.err);
    CHECK(exported(restored) == states[i]);
  }
  const auto text = run_usher({"backup", "list", backups});
  CHECK(std::count(text.out.begin(), text.out.end(), '\n') == 1 + 3);
  const auto newest = run_usher({"restore", backups, folder / "newest"});
  CHECK(newest.out.find("backup 3") != std::string::npos);
  CHECK(exported(folder / "newest") == states[2]);

  const auto missing = run_usher({"restore", backups, folder / "a" / "b", "--backup", "99"});
  CHECK(missing.status == 1);
  CHECK(missing.err.find("no backup 99") != std::string::npos);
  CHECK_FALSE(fs::exists(folder / "a"));
}

TEST_CASE("a running node keeps as many backups as its setting says") {
  const TempDir folder;
  const auto data = folder / "data";
  ServerProcess server{data, {"--set", "backup.kept_max=2"}};
  for (int i = 0; i < 4; ++i) CHECK(run_usher({"backup", "--node", server.address()}).status == 0);
  CHECK(numbers(data.string() + ".backups") == std::vector<int>{3, 4});
}

TEST_CASE("a start that fails leaves nothing behind, neither files nor folders") {
  const TempDir folder;
  const TakenPort taken;
  const auto data = folder / "new" / "deeper" / "data";
  const auto fails = [&](const Arguments& more, int status) {
    Arguments all{"serve", "--data", data, "--listen", "127.0.0.1:0"};
    all.insert(all.end(), more.begin(), more.end());
    auto secrets = test_secrets();
    secrets[0].second = "";  // so that a development key is made
    const auto refused = run_usher(all, secrets);
    CAPTURE(refused.err);
    CHECK(refused.status == status);
    CHECK(refused.err.find("usher: ") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "new"));
  };
  fails({"--listen", taken.address()}, 1);
  fails({"--tls-cert", folder / "none.pem", "--tls-key", folder / "none.pem"}, 2);
  fails({"--set", "server.listen=no-such-host.invalid:3000"}, 2);
  fails({"--production"}, 2);

  // An empty directory that was there stays, and so does what others have in it.
  fs::create_directories(data);
  std::ofstream{data / "lost+found"} << "";
  const auto refused = run_usher({"serve", "--data", data, "--listen", taken.address()});
  CHECK(refused.status == 1);
  CHECK(entries(data) == 1);
}

TEST_CASE("a start that fails takes nothing from a directory that was used") {
  const TempDir folder;
  const TakenPort taken;
  sell(folder / "data", 3);
  const auto before = exported(folder / "data");
  CHECK(run_usher({"serve", "--data", folder / "data", "--listen", taken.address()}).status == 1);
  CHECK(exported(folder / "data") == before);
}
