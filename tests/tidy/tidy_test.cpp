// This repository keeps its own rules (tests/tidy/rules.hpp).
#include <doctest/doctest.h>

#include <vector>

#include "tests/tidy/rules.hpp"

using namespace usher::tidy;

namespace {

const std::filesystem::path root = USHER_SOURCE_DIR;

const std::vector<File>& repository() {
  static const std::vector<File> files = read_repository(root);
  return files;
}

template <class Rule>
void check_all(Rule&& rule) {
  std::string offences;
  for (const File& file : repository())
    for (const std::string& offence : rule(file)) offences += "\n" + offence;
  CHECK_MESSAGE(offences.empty(), offences);
}

std::set<std::string> all_paths() {
  std::set<std::string> paths;
  for (const File& file : repository()) paths.insert(file.path);
  return paths;
}

}  // namespace

TEST_CASE("the walk over the repository finds it") {
  const auto paths = all_paths();
  for (const std::string& path : std::vector<std::string>{
           "CMakeLists.txt", "README.md", "dev", ".ci/run", "actors/market/market.hpp",
           "tests/tidy/rules.hpp", "config/usher.toml", "consensus/raft/core.go",
           "consensus/raft/core.h"}) {
    CAPTURE(path);
    CHECK(paths.contains(path));
  }
}

TEST_CASE("includes follow the arrows of ARCHITECTURE.md") { check_all(wrong_directions); }

TEST_CASE("all includes start at the root") {
  check_all(
      [paths = all_paths()](const File& file) { return includes_not_from_the_root(file, paths); });
}

TEST_CASE("what is printed is checked") { check_all(unchecked_output); }
TEST_CASE("no test waits by sleeping") { check_all(silent_sleeps); }
TEST_CASE("libraries stay where they belong") { check_all(libraries_out_of_place); }

TEST_CASE("nobody but the factory knows the cores of consensus") {
  check_all(cores_out_of_place);
  check_all(libraries_in_consensus);
}

TEST_CASE("the domain is pure") { check_all(impure_domain); }

TEST_CASE("every header has an opening comment and #pragma once") { check_all(without_opening); }

TEST_CASE("no source file is too long to be read") { check_all(too_long); }

TEST_CASE("nothing is left unfinished, and no path of a machine is written down") {
  check_all(forbidden_words);
}

TEST_CASE("every test is compiled") {
  check_all([](const File& file) { return tests_not_compiled(file, repository()); });
}

TEST_CASE("listings in documents are compiled code") {
  check_all([](const File& file) { return listings_that_rot(file, repository()); });
}

TEST_CASE("documents link to files that exist") {
  check_all([](const File& file) { return dead_links(file, root); });
}

TEST_CASE("every metric is documented, and every documented one is there") {
  std::vector<File> sources;
  for (const File& file : repository())
    if (file.path == "cli/node_figures.cpp" || file.path == "http/front/metrics.cpp")
      sources.push_back(file);
  REQUIRE(sources.size() == 2);
  check_all([&](const File& file) {
    return file.path == "docs/operations.md" ? undocumented_metrics(file, sources) : Offences{};
  });
}

TEST_CASE("decisions are numbered once") {
  std::string all;
  for (const std::string& offence : decisions_numbered_twice(repository())) all += "\n" + offence;
  CHECK_MESSAGE(all.empty(), all);
}

TEST_CASE("scripts can be run") {
  for (const File& file : repository()) {
    if (!file.content.starts_with("#!")) continue;
    CAPTURE(file.path);
    const auto permissions = std::filesystem::status(root / file.path).permissions();
    CHECK((permissions & std::filesystem::perms::owner_exec) != std::filesystem::perms::none);
  }
}
