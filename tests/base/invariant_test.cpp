// What a broken invariant leaves behind: a process of its own finds one broken and is looked at.
#include "base/invariant.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/log/log.hpp"

using namespace usher;
using Json = nlohmann::json;

namespace {

struct Ended {
  int signal = 0;
  std::vector<std::string> lines;  // of standard error
};

template <class Run>
Ended run_apart(Run run) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);  // the test's own handler would report a failed test
    run();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char some[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], some, sizeof some)) > 0;)
    text.append(some, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  Ended ended;
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  std::istringstream all{text};
  for (std::string line; std::getline(all, line);) ended.lines.push_back(line);
  return ended;
}

}  // namespace

TEST_CASE("a broken invariant ends the process, and is its log's last line, in the log's form") {
  const Ended ended = run_apart([] {
    log::start("info", log::Format::json);
    log::info("before");
    const int one = 1;
    INVARIANT(one == 2);
    log::info("never");
  });
  CHECK(ended.signal == SIGABRT);
  REQUIRE(ended.lines.size() == 2);
  CHECK(Json::parse(ended.lines[0]).at("message") == "before");
  const auto last = Json::parse(ended.lines[1]);
  CHECK(last.at("message") == "invariant broken");
  CHECK(last.at("level") == "critical");
  CHECK(last.at("what") == "one == 2");
  CHECK(last.at("where").get<std::string>().find("invariant_test.cpp:") != std::string::npos);
}

TEST_CASE("without a log, or with one that is off, it is plain text") {
  const auto plainly = [](const Ended& ended) {
    CHECK(ended.signal == SIGABRT);
    REQUIRE(ended.lines.size() == 1);
    CHECK(ended.lines[0].ends_with("invariant broken: one == 2"));
  };
  const auto broken = [] {
    const int one = 1;
    INVARIANT(one == 2);
  };
  plainly(run_apart(broken));
  plainly(run_apart([&] {
    log::start("off", log::Format::json);
    broken();
  }));
  plainly(run_apart([&] {
    log::start("info", log::Format::json);
    log::stop();
    broken();
  }));
}

TEST_CASE("one that breaks while another is being told ends the process all the same") {
  const Ended ended = run_apart([] {
    invariant_listener.store(
        [](const char*, const char*, int) { INVARIANT(!"while it was being told"); });
    INVARIANT(!"the first");
  });
  CHECK(ended.signal == SIGABRT);
  REQUIRE(ended.lines.size() == 1);
  CHECK(ended.lines[0].find("while it was being told") != std::string::npos);
}

TEST_CASE("what holds costs no word") {
  const Ended ended = run_apart([] { INVARIANT(1 + 1 == 2); });
  CHECK(ended.signal == 0);
  CHECK(ended.lines.empty());
}
