// What the settings leave open is decided by what the machine, or its container, lets a node have.
#include "config/sizing.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace usher;

namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t aggregate_bytes = 2'048;

Machine machine(std::uint64_t memory, bool is_limited, std::uint64_t files = 1'000'000) {
  return {files, memory, is_limited};
}

Sized sized(const Config& config, const Machine& on) {
  auto result = size_to(config, on);
  REQUIRE_MESSAGE(result.has_value(), result.error());
  return *result;
}

std::uint64_t planned_bytes(const Config& config) {
  const auto& journal = config.journal;
  return journal.block_cache_bytes + journal.write_buffers_bytes + 2 * journal.wal_bytes_max +
         config.actors.active_aggregates_max * aggregate_bytes;
}

// A folder with the files of /proc and /sys that are read.
class FakeRoot {
 public:
  FakeRoot() {
    std::string name = fs::temp_directory_path() / "usher-test-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    put("proc/meminfo", "MemTotal:       8388608 kB\nMemFree:  5 kB\n");
  }
  ~FakeRoot() { fs::remove_all(root_); }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;
  void put(const std::string& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream{root_ / file} << text;
  }
  [[nodiscard]] Machine read() const { return read_memory(root_); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("a large machine gets what a node can use, and no more") {
  const Sized large = sized(Config{}, machine(64 * gib, false));
  CHECK(large.config.journal.block_cache_bytes == 256 * mib);
  CHECK(large.config.journal.write_buffers_bytes == 256 * mib);
  CHECK(large.config.journal.wal_bytes_max == 128 * mib);
  CHECK(large.config.actors.active_aggregates_max == 400'000);
  CHECK(large.remarks.empty());
  CHECK(sized(Config{}, machine(0, false)).config.actors.active_aggregates_max == 400'000);
}

TEST_CASE("the defaults stay within half of a limit, and the log says what was decided") {
  for (const std::uint64_t memory : {256 * mib, 512 * mib, gib, 2 * gib}) {
    CAPTURE(memory);
    const Sized small = sized(Config{}, machine(memory, true));
    CHECK(planned_bytes(small.config) <= memory / 2);
    CHECK(planned_bytes(small.config) > 0);
    CHECK(small.config.journal.write_buffer_bytes <= small.config.journal.write_buffers_bytes);
    REQUIRE(small.remarks.size() == 1);
    CHECK(small.remarks[0].find("the limit of this process's memory") != std::string::npos);
  }
}

TEST_CASE("what the operator has set is taken, and said where it may be too much") {
  Config config;
  config.journal.block_cache_bytes = 300 * mib;
  config.actors.active_aggregates_max = 400'000;
  const Sized set = sized(config, machine(gib, true));
  CHECK(set.config.journal.block_cache_bytes == 300 * mib);
  CHECK(set.config.actors.active_aggregates_max == 400'000);
  REQUIRE(set.remarks.size() == 2);
  CHECK(set.remarks[1].find("may not be enough") != std::string::npos);
}

TEST_CASE("connections are what the store and the rest leave of the open files") {
  for (const std::uint64_t files : {300ULL, 1'024ULL, 4'096ULL, 20'000ULL}) {
    CAPTURE(files);
    const Sized result = sized(Config{}, machine(64 * gib, false, files));
    const auto& limits = result.config.limits;
    CHECK(limits.connections_max + result.files.tables + 100 < files);
    CHECK(limits.connections_max > 16);
    CHECK(result.files.tables >= 64);
    CHECK(limits.streams_max < limits.connections_max);
    CHECK(limits.connections_per_client_max < limits.connections_max);
    REQUIRE(result.remarks.size() == 1);
    CHECK(result.remarks[0].find("the limit of open files is " + std::to_string(files)) !=
          std::string::npos);
  }
  const Sized plenty = sized(Config{}, machine(64 * gib, false, 100'000));
  CHECK(plenty.config.limits.connections_max == Config{}.limits.connections_max);
  CHECK(plenty.files.tables == 1'000);
  CHECK(plenty.remarks.empty());
}

TEST_CASE("too few open files for a node are refused in words") {
  const auto refused = size_to(Config{}, machine(64 * gib, false, 128));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().find("the limit of open files is 128") != std::string::npos);
}

TEST_CASE("without a control group the machine's memory counts") {
  const FakeRoot root;
  CHECK(root.read().memory_bytes == 8 * gib);
  CHECK_FALSE(root.read().is_memory_limited);
  root.put("proc/self/cgroup", "0::/system.slice/usher.service\n");
  root.put("sys/fs/cgroup/system.slice/usher.service/memory.max", "max\n");
  CHECK(root.read().memory_bytes == 8 * gib);
}

TEST_CASE("the smallest limit of the group and those above it counts, in both versions") {
  const FakeRoot second;
  second.put("proc/self/cgroup", "0::/system.slice/usher.service\n");
  second.put("sys/fs/cgroup/system.slice/usher.service/memory.max", "2147483648\n");
  CHECK(second.read().memory_bytes == 2 * gib);
  CHECK(second.read().is_memory_limited);
  second.put("sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
  CHECK(second.read().memory_bytes == gib);

  const FakeRoot first;
  first.put("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/box/inner\n0::/\n");
  first.put("sys/fs/cgroup/memory/box/inner/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK_FALSE(first.read().is_memory_limited);
  first.put("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1073741824\n");
  CHECK(first.read().memory_bytes == gib);
}

TEST_CASE("a container that can't see its group's path reads the mount's root") {
  const FakeRoot root;
  root.put("proc/self/cgroup", "0::/docker/abc\n4:memory:/docker/abc\n");
  root.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  CHECK(root.read().memory_bytes == 512 * mib);
  const FakeRoot second;
  second.put("proc/self/cgroup", "0::/\n");
  second.put("sys/fs/cgroup/memory.max", "268435456\n");
  CHECK(second.read().memory_bytes == 256 * mib);
}
