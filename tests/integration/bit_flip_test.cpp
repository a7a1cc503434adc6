// One flipped bit anywhere in the files of a stopped node: `usher verify` reports it or it does no
// harm, and a start is refused, or shows everything that was acknowledged, or says that it can't
// read. It never shows less than was acknowledged as if that were all.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/crowd.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t tickets = 150;
constexpr int flips_per_file = 10;

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void flip_bit(const fs::path& file, std::size_t at) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  io.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(io.get() ^ (1 << (at % 8)));
  io.seekp(static_cast<std::streamoff>(at));
  io.put(byte);
}

void use(const fs::path& data, bool orderly, Acknowledged& known) {
  ServerProcess server{data};
  Crowd crowd{server.port(), 1, known};
  known.wait_for_tickets(tickets);
  crowd.stop();
  if (orderly) {
    server.terminate();
    CHECK(server.wait() == 0);
  } else {
    server.kill();
  }
}

// ".log", ".sst", "MANIFEST", ...; empty for files that hold nothing that was promised.
std::string kind_of(const fs::path& file) {
  auto name = file.filename().string();
  if (name.starts_with("MANIFEST")) return "MANIFEST";
  if (name == "CURRENT" || name == "acked") return name;
  const auto ending = file.extension().string();
  return ending == ".log" || ending == ".sst" ? ending : "";
}

// The longest of each kind.
std::map<std::string, fs::path> files_by_kind(const fs::path& data) {
  std::map<std::string, fs::path> longest;
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    const auto kind = kind_of(entry.path());
    if (kind.empty() || !entry.is_regular_file() || entry.file_size() == 0) continue;
    auto& file = longest[kind];
    if (file.empty() || fs::file_size(file) < entry.file_size()) file = entry.path();
  }
  return longest;
}

}  // namespace

TEST_CASE("a flipped bit in any file: reported, refused or harmless, never a silent loss") {
  const TempDir folder;
  int flipped = 0, reported = 0, refused = 0;
  std::map<std::string, int> reported_by_kind;
  for (const bool orderly : {false, true}) {
    Acknowledged known;
    const auto original = folder / (orderly ? "stopped" : "killed");
    use(original, orderly, known);
    CHECK(files_by_kind(original).contains(".log") == !orderly);  // an orderly stop makes tables
    const std::set<std::string> to_check{known.tickets.begin(), known.tickets.end()};
    for (const auto& [kind, file] : files_by_kind(original)) {
      const auto name = fs::relative(file, original).string();
      CAPTURE(name);
      // The log's file is made longer than what is in it: only what is written counts.
      const auto written = content_of(file).find_last_not_of('\0') + 1;
      for (int i = 0; i < flips_per_file; ++i) {
        const auto at = written * (2 * static_cast<std::size_t>(i) + 1) / (2 * flips_per_file);
        CAPTURE(at);
        const auto copy = folder / "copy";
        fs::remove_all(copy);
        fs::copy(original, copy, fs::copy_options::recursive);
        flip_bit(copy / name, at);
        ++flipped;
        const auto verified = run_usher({"verify", copy});
        CHECK((verified.status == 0 || verified.status == 1));
        if (verified.status == 1) {
          ++reported;
          ++reported_by_kind[kind];
          CHECK((verified.out + verified.err).size() > 20);
        }
        try {
          ServerProcess server{copy};
          CHECK(missing(server.port(), known, to_check,
                        verified.status == 0 ? Unreadable::is_lost : Unreadable::is_allowed) ==
                std::vector<std::string>{});
        } catch (const std::runtime_error& error) {
          ++refused;
          const std::string why = error.what();
          CAPTURE(why);
          CHECK(verified.status == 1);
          CHECK(why.find("usher: ") != std::string::npos);
          CHECK(why.find("usher restore") != std::string::npos);
        }
      }
    }
  }
  std::string by_kind;
  for (const auto& [kind, count] : reported_by_kind)
    by_kind += kind + ' ' + std::to_string(count) + ' ';
  MESSAGE(flipped, " bits flipped, ", reported, " reported by verify ( ", by_kind, "), ", refused,
          " starts refused");
  CHECK(reported_by_kind[".log"] == flips_per_file);
  CHECK(reported_by_kind[".sst"] > 0);
  CHECK(refused > 0);
}
