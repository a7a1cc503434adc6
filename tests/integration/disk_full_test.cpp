// A disk that runs full: no write is acknowledged that is not there after a restart with space.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <cerrno>
#include <fstream>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

constexpr int exit_journal_failed = 3;

class SmallDisk {
 public:
  explicit SmallDisk(fs::path at) : at_(std::move(at)) {
    fs::create_directories(at_);
    mounted_ = mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=24m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool is_there() const { return mounted_; }
  [[nodiscard]] fs::path filler() const { return at_ / "filler"; }

  // Leaves about `kib` free.
  void fill_up_to(std::uintmax_t kib) const {
    std::ofstream out{filler(), std::ios::binary | std::ios::app};
    const std::string block(4'096, 'f');
    while (fs::space(at_).available > kib * 1'024 && out.write(block.data(), 4'096)) out.flush();
  }

 private:
  fs::path at_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("a full disk: 503, reads go on, the node ends itself, and nothing acknowledged is lost") {
  const TempDir folder;
  const SmallDisk disk{folder / "disk"};
  if (!disk.is_there()) {
    MESSAGE("skipped: mounting a small disk needs root");
    return;
  }
  // By a link: the server's log stands beside the data directory, and must not be on the small
  // disk.
  const auto data = folder / "data";
  fs::create_directory(folder / "disk/data");
  fs::create_directory_symlink(folder / "disk/data", data);
  std::vector<std::string> acknowledged;
  {
    ServerProcess server{data};
    Client seller{server.port(), "seller"};
    for (int i = 0; i < 50; ++i) acknowledged.push_back(seller.offer("early"));
    disk.fill_up_to(256);
    Answer failed;
    for (int i = 0; i < 20'000; ++i) {
      failed = seller.post("/api/tickets", {{"title", std::string(200, 'x')}, {"price", 5}});
      if (failed.status != 201) break;
      acknowledged.push_back(failed.json().at("id"));
    }
    // Between the failure and its end the node still reads; it may be gone by the second question.
    CHECK((failed.status == 503 || failed.status == 0));
    if (failed.status == 503) CHECK(failed.errors().size() == 1);
    Client reader{server.port()};
    const auto read = reader.get("/api/tickets/" + acknowledged.front());
    CHECK((read.status == 200 || read.status == 0));
    const auto status = server.wait(60);
    REQUIRE(status.has_value());
    const auto log = server.log();
    CAPTURE(log);
    CHECK(*status == exit_journal_failed);
    CHECK(log.find("journal failed") != std::string::npos);
  }
  CHECK(acknowledged.size() > 50);
  fs::remove(disk.filler());
  ServerProcess server{data};
  Client reader{server.port(), "seller"};
  std::size_t found = 0;
  for (const auto& id : acknowledged) found += reader.get("/api/tickets/" + id).status == 200;
  CHECK(found == acknowledged.size());
  CHECK_FALSE(reader.offer("late").empty());
  server.terminate();
  CHECK(server.wait() == 0);
  CHECK(run_usher({"verify", data}).status == 0);
}
