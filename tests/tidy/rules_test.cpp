// The rules can fail: each finds what it is there for, and lets pass what is right.
#include "tests/tidy/rules.hpp"

#include <doctest/doctest.h>

using namespace usher::tidy;

namespace {

Offences directions(std::string path, const std::string& header) {
  return wrong_directions({std::move(path), "#include \"" + header + "\"\n"});
}
Offences libraries(std::string path, const std::string& header) {
  return libraries_out_of_place({std::move(path), "#include <" + header + ">\n"});
}

}  // namespace

TEST_CASE("standard output is written in one place, logs in another") {
  for (const std::string line :
       {"std::printf(\"x\");", "std::puts(x);", "std::cout << x;", "std::fputs(x, stdout);"})
    CHECK(unchecked_output({"cli/offline.cpp", "\n" + line + "\n"}) ==
          Offences{"cli/offline.cpp:2: standard output only through cli/output.hpp"});
  CHECK(unchecked_output({"cli/output.cpp", "std::fwrite(x, 1, 1, stdout);\n"}).empty());
  CHECK(unchecked_output({"cli/x.cpp", "std::fprintf(stderr, x);  // not stdout\n"}).empty());
  CHECK_FALSE(libraries("http/listener.cpp", "spdlog/spdlog.h").empty());
  CHECK_FALSE(libraries("cli/serve.cpp", "spdlog/spdlog.h").empty());
  CHECK(libraries("base/log/log.cpp", "spdlog/spdlog.h").empty());
}

TEST_CASE("includes follow the arrows") {
  CHECK(directions("http/requests/auth.cpp", "actors/market/market.hpp").empty());
  CHECK(directions("actors/market/codec/event_codec.cpp", "persistence/journal.hpp").empty());
  CHECK(directions("main.cpp", "http/front/router.hpp").empty());
  CHECK(directions("tests/http/auth_test.cpp", "tests/support/fake_market.hpp").empty());
}

TEST_CASE("the two applications see the runtime, not each other") {
  CHECK(directions("examples/blog/blog.hpp", "actors/runtime/application.hpp").empty());
  CHECK(directions("examples/blog/routes.cpp", "http/front/router.hpp").empty());
  for (const std::string header : {"actors/market/market.hpp", "http/routes/routes.hpp",
                                   "cli/output.hpp", "config/config.hpp"})
    CHECK(directions("examples/blog/blog.hpp", header).size() == 1);
  CHECK(directions("examples/blog/model/blog.hpp", "actors/runtime/messages.hpp").size() == 1);
  CHECK(directions("examples/blog/model/blog.hpp", "persistence/journal.hpp").size() == 1);
  CHECK(impure_domain({"examples/blog/model/blog.cpp", "#include <chrono>\n"}).size() == 1);
  for (const std::string path : {"actors/market/market.hpp", "http/front/router.hpp",
                                 "cli/serve.cpp", "persistence/journal.hpp"})
    CHECK(directions(path, "examples/blog/blog.hpp").size() == 1);
}

TEST_CASE("a listing in a document is a piece of a file") {
  const std::vector<File> files = {{"a.cpp", "int a;\nint b;\nint c;\n"}};
  const auto with = [](const std::string& listing) {
    return File{"docs/x.md", "Text\n```cpp a.cpp\n" + listing + "```\n"};
  };
  CHECK(listings_that_rot(with("int b;\nint c;\n"), files).empty());
  CHECK(listings_that_rot(with("int b;\nint d;\n"), files) ==
        Offences{"docs/x.md:2: this is not in a.cpp any more"});
  CHECK(listings_that_rot(with("nt b;\n"), files).size() == 1);
  CHECK(listings_that_rot({"docs/x.md", "```cpp b.cpp\nint a;\n```\n"}, files) ==
        Offences{"docs/x.md:1: a listing of no file: b.cpp"});
}

TEST_CASE("an include against the arrows is named with its line") {
  const File file{"actors/market/domain/ticket.cpp",
                  "// ticket\n#include \"persistence/journal.hpp\"\n"};
  CHECK(wrong_directions(file) ==
        Offences{"actors/market/domain/ticket.cpp:2: actors/market/domain may not "
                 "include persistence/journal.hpp"});
  CHECK_FALSE(directions("persistence/journal.cpp", "actors/market/domain/ids.hpp").empty());
  CHECK_FALSE(directions("actors/runtime/market.cpp", "http/front/message.hpp").empty());
  CHECK_FALSE(directions("actors/runtime/shard_actor.hpp", "actors/market/market.hpp").empty());
  CHECK_FALSE(directions("actors/runtime/shard_actor.hpp", "examples/blog/post.hpp").empty());
  CHECK_FALSE(directions("actors/market/domain/ticket.hpp", "actors/runtime/messages.hpp").empty());
  CHECK(directions("actors/market/domain/ticket.hpp", "actors/runtime/model/decision.hpp").empty());
  CHECK_FALSE(
      directions("actors/market/codec/event_codec.cpp", "actors/market/market.hpp").empty());
  CHECK_FALSE(directions("config/config.cpp", "actors/market/domain/ids.hpp").empty());
  CHECK_FALSE(directions("http/requests/auth.cpp", "actors/runtime/messages.hpp").empty());
  CHECK_FALSE(directions("http/requests/auth.cpp", "tests/support/fake_market.hpp").empty());
  CHECK_FALSE(directions("http/front/front.cpp", "actors/market/market.hpp").empty());
  CHECK_FALSE(directions("http/front/front.cpp", "http/routes/routes.hpp").empty());
  CHECK_FALSE(directions("http/requests/auth.cpp", "http/views/problem.hpp").empty());
  CHECK_FALSE(directions("http/views/problem.cpp", "http/routes/routes.hpp").empty());
  CHECK_FALSE(directions("actors/domain_two/x.cpp", "http/front/message.hpp").empty());
  CHECK_FALSE(directions("elsewhere/x.cpp", "http/front/message.hpp").empty());
}

TEST_CASE("an include starts at the root") {
  const std::set<std::string> paths = {"http/requests/auth.hpp"};
  CHECK(includes_not_from_the_root(
            {"http/requests/auth.cpp", "#include \"http/requests/auth.hpp\"\n"}, paths)
            .empty());
  CHECK(includes_not_from_the_root({"http/requests/auth.cpp", "#include \"auth.hpp\"\n"}, paths)
            .size() == 1);
}

TEST_CASE("each library has its place, heavy ones stay out of headers") {
  CHECK(libraries("persistence/rocksdb_store.cpp", "rocksdb/db.h").empty());
  CHECK(libraries("persistence/journal.hpp", "rocksdb/db.h").size() == 1);
  CHECK(libraries("persistence/rocksdb_database.hpp", "rocksdb/db.h").empty());
  CHECK(libraries("http/front/front.cpp", "rocksdb/db.h").size() == 1);
  CHECK(libraries("http/front/front.cpp", "caf/actor.hpp").size() == 1);
  CHECK(libraries("actors/market/domain/ticket.cpp", "caf/actor.hpp").size() == 1);
  CHECK(libraries("actors/runtime/host.hpp", "caf/actor.hpp").empty());
  CHECK(libraries("http/front/parser.hpp", "httplib.h").size() == 1);
  CHECK(libraries("tests/integration/client.hpp", "httplib.h").empty());
}

TEST_CASE("consensus sees nobody, and nobody sees which core runs") {
  const auto cores = [](std::string path, const std::string& header) {
    return cores_out_of_place({std::move(path), "#include \"" + header + "\"\n"});
  };
  CHECK(directions("actors/runtime/replicator.cpp", "consensus/factory.hpp").empty());
  CHECK(directions("consensus/solo.cpp", "base/hex.hpp").empty());
  CHECK_FALSE(directions("consensus/solo.cpp", "persistence/bytes.hpp").empty());
  CHECK_FALSE(directions("persistence/journal.cpp", "consensus/types.hpp").empty());
  CHECK_FALSE(directions("http/views/json_views.cpp", "consensus/types.hpp").empty());
  CHECK(cores("consensus/factory.cpp", "consensus/solo.hpp").empty());
  CHECK(cores("consensus/raft_core.cpp", "consensus/raft/core.h").empty());
  CHECK(cores("consensus/factory.cpp", "consensus/raft/core.h").size() == 1);
  CHECK(cores("actors/runtime/replicator.cpp", "consensus/raft_core.hpp").size() == 1);
  CHECK(cores("tests/consensus/solo_test.cpp", "consensus/solo.hpp").size() == 1);
  const auto in_consensus = [](const std::string& header) {
    return libraries_in_consensus({"consensus/solo.cpp", "#include <" + header + ">\n"});
  };
  CHECK(in_consensus("string_view").empty());
  CHECK(in_consensus("tl/expected.hpp").empty());
  CHECK(in_consensus("rocksdb/db.h").size() == 1);
  CHECK(in_consensus("sys/socket.h").size() == 1);
}

TEST_CASE("the domain has no clock, no randomness and no I/O") {
  for (const std::string& impure :
       std::vector<std::string>{"chrono", "random", "iostream", "fstream", "thread", "cstdlib"}) {
    CAPTURE(impure);
    const std::string include = "#include <" + impure + ">\n";
    CHECK(impure_domain({"actors/market/domain/ticket.cpp", include}).size() == 1);
    CHECK(impure_domain({"actors/runtime/host.cpp", include}).empty());
  }
  CHECK(impure_domain({"actors/market/domain/ticket.cpp", "#include <vector>\n"}).empty());
}

TEST_CASE("a header opens with its purpose and is included once") {
  CHECK(without_opening({"http/a.hpp", "// What it is for.\n#pragma once\n"}).empty());
  CHECK(without_opening({"http/a.hpp", "#pragma once\n"}).size() == 1);
  CHECK(without_opening({"http/a.hpp", "// What it is for.\n"}).size() == 1);
  CHECK(without_opening({"http/a.cpp", "int x;\n"}).empty());
}

TEST_CASE("a file can be read in one sitting") {
  std::string longest;
  for (std::size_t i = 0; i < lines_max; ++i) longest += "\n";
  CHECK(too_long({"http/a.cpp", longest}).empty());
  CHECK(too_long({"http/a.cpp", longest + "\n"}).size() == 1);
  CHECK(too_long({"docs/openapi.yaml", longest + "\n"}).empty());
}

TEST_CASE("nothing is left unfinished, no machine shows through") {
  CHECK(forbidden_words({"a.md", std::string{"x\nTO"} + "DO: later\n"})
            .front()
            .starts_with("a.md:2: "));
  CHECK(forbidden_words({"a.md", std::string{"see /ro"} + "ot/x\n"}).size() == 1);
  CHECK(forbidden_words({"a.md", "all is done\n"}).empty());
}

TEST_CASE("a test that waits by sleeping is found") {
  CHECK(silent_sleeps({"tests/a.cpp", "x\nstd::this_thread::sleep_for(ms(5));\n"}).front() ==
        "tests/a.cpp:2: waits by sleeping: eventually(), or say what takes the time");
  CHECK(silent_sleeps({"tests/a.cpp", "sleep_for(ms(5));  // a slow disk\n"}).empty());
  CHECK(silent_sleeps({"http/front/a.cpp", "sleep_for(ms(5));\n"}).empty());
}

TEST_CASE("a test that nobody compiles is found") {
  const File root{"tests/CMakeLists.txt", "usher_tests(http TIMEOUT 60)\n"};
  const File sim{"tests/sim/CMakeLists.txt",
                 "file(GLOB found ${CMAKE_CURRENT_SOURCE_DIR}/*_sim.cpp)\n"};
  const File fuzz{"tests/fuzz/CMakeLists.txt", "foreach(name json cookie)\n"};
  const std::vector<File> files = {root, sim, fuzz};
  const auto offences = [&](std::string path) {
    return tests_not_compiled({std::move(path), ""}, files);
  };
  CHECK(offences("tests/http/auth_test.cpp").empty());
  CHECK(offences("tests/http/auth_tests.cpp").size() == 1);
  CHECK(offences("tests/htt/auth_test.cpp").size() == 1);
  CHECK(offences("tests/sim/market_sim.cpp").empty());
  CHECK(offences("tests/sim/market.cpp").size() == 1);
  CHECK(offences("tests/fuzz/json_fuzz.cpp").empty());
  CHECK(offences("tests/fuzz/id_fuzz.cpp").size() == 1);
}

TEST_CASE("a link leads somewhere") {
  const std::filesystem::path root = USHER_SOURCE_DIR;
  const auto offences = [&](std::string text) {
    return dead_links({"docs/a.md", std::move(text)}, root);
  };
  CHECK(offences("[x](../CMakeLists.txt) [y](https://example.org/z) [z](#here)\n").empty());
  CHECK(offences("[x](no_such_file.md)\n").size() == 1);
  CHECK(offences("see `tests/tidy/rules.hpp`\n").empty());
  CHECK(offences("see `tests/tidy/no_such_rules.hpp`\n").size() == 1);
  CHECK(offences("```\nsee `tests/tidy/no_such_rules.hpp`\n```\n").empty());
}

TEST_CASE("a metric without a word about it is found, and a word about none") {
  const File document{"docs/operations.md", "`usher_told` `usher_gone`, not usher_plain"};
  const std::vector<File> sources = {{"a.cpp", R"(f("usher_told"); f("usher_untold");)"}};
  CHECK(undocumented_metrics(document, sources) ==
        Offences{"docs/operations.md: nothing about usher_untold",
                 "docs/operations.md: there is no usher_gone"});
}

TEST_CASE("two decisions of one number are found") {
  const File one{"docs/decisions/0001-a.md", ""}, two{"docs/decisions/0002-b.md", ""};
  CHECK(decisions_numbered_twice({one, two}).empty());
  const File again{"docs/decisions/0002-c.md", ""};
  CHECK(decisions_numbered_twice({one, two, again}) ==
        Offences{"docs/decisions/0002-c.md: has the number of docs/decisions/0002-b.md"});
}
