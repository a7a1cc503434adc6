#include "consensus/factory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace usher::consensus;

namespace {

bool is_refused(CoreKind kind, const CoreConfig& config, const std::string& why) {
  const auto core = make_core(kind, config, "no-such-library.so");
  if (core) return false;
  INFO(core.error());
  CHECK(core.error().find(why) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("a core that is alone needs nothing but a configuration that could be") {
  CHECK(make_core(CoreKind::alone, {}));
}

TEST_CASE("a configuration that can't be is refused, by whichever core") {
  for (const CoreKind kind : {CoreKind::alone, CoreKind::cluster}) {
    CHECK(is_refused(kind, {.heartbeat_ticks = 0}, "heartbeats"));
    CHECK(is_refused(kind, {.election_ticks = 3, .heartbeat_ticks = 3}, "election"));
    CHECK(is_refused(kind, {.message_entries = 0}, "entry"));
    CHECK(is_refused(kind, {.message_entries = message_entries_max + 1}, "too many"));
    CHECK(is_refused(kind, {.messages_in_flight = 0}, "in flight"));
  }
}

TEST_CASE("a library that is not there, or is none, is an error that names it") {
  CHECK(is_refused(CoreKind::cluster, {}, "no-such-library.so"));
  const auto path = std::filesystem::temp_directory_path() / "usher-consensus-no-library.so";
  std::ofstream{path} << "text";
  const auto core = make_core(CoreKind::cluster, {}, path);
  REQUIRE_FALSE(core);
  CHECK(core.error().find(path.string()) != std::string::npos);
  std::filesystem::remove(path);
}

TEST_CASE("a library that is something else is an error") {
  const auto core = make_core(CoreKind::cluster, {}, "libm.so.6");
  REQUIRE_FALSE(core);
  CHECK(core.error() == "libm.so.6 is no consensus library");
}
