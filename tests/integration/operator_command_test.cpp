// The command line itself: what it prints is checked to the last byte, what is wrong is said in
// words with status 2, and everything has a help text.
#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;

Strings lines_of(const std::string& text) {
  Strings lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Strings completed(Arguments words) {
  words.insert(words.begin(), "complete");
  const auto done = run_usher(words);
  CHECK(done.status == 0);
  return lines_of(done.out);
}

// Every command that there is, as the words that name it: {}, {"backup"}, {"backup", "list"}, ...
std::vector<Arguments> all_commands() {
  std::vector<Arguments> found{{}};
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto words = found[i];
    words.emplace_back("");
    for (const auto& name : completed(words)) {
      words.back() = name;
      found.push_back(words);
    }
  }
  return found;
}

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what can't be written to standard output fails the command") {
  const TempDir folder;
  const auto data = folder / "data", backups = folder / "backups";
  ServerProcess server{data};
  Client seller{server.port(), "seller"};
  REQUIRE_FALSE(seller.offer().empty());
  const auto full = [&](const Arguments& command) {
    CAPTURE(command[0]);
    const auto done = run_usher(command, test_secrets(), "/dev/full");
    CHECK(done.status == 1);
    CHECK_MESSAGE(done.err.find("standard output") != std::string::npos, done.err);
  };
  full({"backup", "--node", server.address()});
  server.terminate();
  REQUIRE(server.wait() == 0);
  full({"version"});
  full({"--version"});
  full({"--help"});
  full({"serve", "--help"});
  full({"backup", "list", "--help"});
  full({"complete", ""});
  full({"verify", data});
  full({"verify", data, "--json"});
  full({"export", data});
  full({"rebuild", data});
  full({"backup", data, "--to", backups});
  full({"backup", "list", backups});
  full({"backup", "list", backups, "--json"});
  full({"restore", backups, folder / "restored"});
  full({"backup", "remove", backups, "1"});
}

TEST_CASE("a node whose standard output takes nothing says so, and serves") {
  const TempDir folder;
  const auto log = folder / "log";
  std::ofstream{folder / "script"} << R"(set -e
"$1" serve --data "$2/data" --listen 127.0.0.1:0 > /dev/full 2> "$2/log" &
node=$!
for i in $(seq 1200); do grep -q 'ready address=' "$2/log" && break; sleep 0.05; done
address=$(sed -n 's/.* ready address=//p' "$2/log")
curl -fsS "$address/healthz" > "$2/answer"
kill $node
wait $node
)";
  const std::string command = "bash '" + (folder / "script").string() + "' '" USHER_BIN "' '" +
                              folder.path().string() + "'";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(content_of(folder / "answer").find("ok") != std::string::npos);
  CHECK(content_of(log).find("standard output takes nothing") != std::string::npos);
}

TEST_CASE("the version, as a command and as a flag") {
  const auto command = run_usher({"version"}), flag = run_usher({"--version"});
  CHECK(command.status == 0);
  CHECK(std::regex_match(command.out, std::regex{R"(usher \d+\.\d+\.\d+\n)"}));
  CHECK(flag.status == 0);
  CHECK(flag.out == command.out);
}

TEST_CASE("help is a command, too") {
  const auto all = run_usher({"help"}), one = run_usher({"help", "backup", "list"});
  CHECK(all.status == 0);
  CHECK(all.out == run_usher({"--help"}).out);
  CHECK(one.status == 0);
  CHECK(one.out == run_usher({"backup", "list", "--help"}).out);
  CHECK(run_usher({"help", "nonsense"}).status == 2);
}

TEST_CASE("a command line that is wrong says what is wrong, with status 2") {
  const TempDir folder;
  const auto wrong = [&](const Arguments& arguments, const Strings& words) {
    const auto refused = run_usher(arguments);
    CAPTURE(refused.err);
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(refused.err.find("usher: ") == 0);
    for (const auto& word : words) CHECK(refused.err.find(word) != std::string::npos);
  };
  wrong({"nonsense"}, {"no command 'nonsense'", "serve, verify, export"});
  wrong({"exprot", folder / "data"}, {"no command 'exprot'", "did you mean 'export'?"});
  wrong({}, {"which command?", "serve"});
  wrong({"verify"}, {"data"});
  wrong({"verify", "a", "b"}, {"b"});
  wrong({"serve", "--nonsense"}, {"--nonsense"});
  wrong({"serve", "--set", "nonsense"}, {"KEY=VALUE"});
  wrong({"--nonsense"}, {"--nonsense"});
  wrong({"backup", "--keep", "0"}, {"--keep"});
  wrong({"backup", folder / "data", "--node", "http://127.0.0.1:1"}, {"--node"});
  wrong({"restore", "backups", folder / "data", "--backup", "newest"}, {"--backup"});
  CHECK_FALSE(fs::exists(folder / "data"));
}

TEST_CASE("every command and every argument has a help text") {
  const auto commands = all_commands();
  CHECK(commands.size() >= 10);
  // A name, what it takes, two blanks or more, and what it is for.
  const std::regex described{R"(^  (-\S.*\S|\S+)( \S+)*\s{2,}\S.*\S$)"};
  const std::regex named{R"(^  (-|[a-z])\S*.*$)"};
  for (auto words : commands) {
    words.emplace_back("--help");
    CAPTURE(words[0]);
    const auto help = run_usher(words);
    CHECK(help.status == 0);
    const auto lines = lines_of(help.out);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!std::regex_match(lines[i], named)) continue;
      CAPTURE(lines[i]);
      // A long name has its text on the next line.
      const bool is_below = i + 1 < lines.size() && lines[i + 1].starts_with("          ");
      CHECK((std::regex_match(lines[i], described) || is_below));
    }
  }
}

TEST_CASE("the manual page names every command and every option") {
  const auto page = content_of(fs::path{USHER_SOURCE_DIR} / "deploy/usher.1");
  for (auto words : all_commands()) {
    if (words.empty()) continue;
    CAPTURE(words.back());
    CHECK(page.find(words.back()) != std::string::npos);
    words.emplace_back("--");
    for (const auto& option : completed(words)) {
      CAPTURE(option);
      const auto as_written = std::regex_replace(option, std::regex{"-"}, "\\-");
      if (option != "--help") CHECK(page.find(as_written) != std::string::npos);
    }
  }
}

TEST_CASE("the shell completes commands, options and the names of settings") {
  CHECK(completed({"ver"}) == Strings{"verify", "version"});
  CHECK(completed({"backup", "l"}) == Strings{"list"});
  const auto options = completed({"serve", "--"});
  CHECK(std::count(options.begin(), options.end(), "--listen") == 1);
  CHECK(completed({"serve", "--set", "server.shut"}) == Strings{"server.shutdown_time="});
  CHECK(completed({"serve", "--data", ""}).empty());  // a path: the shell's own work

  const std::string script = std::string{USHER_SOURCE_DIR} + "/deploy/usher.bash-completion";
  const std::string command = "bash -c 'usher() { \"" USHER_BIN "\" \"$@\"; }; . \"" + script +
                              "\"; COMP_WORDS=(usher backup l); COMP_CWORD=2; _usher; "
                              "[ \"${COMPREPLY[*]}\" = list ]'";
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE(
    "a setting that can't work is refused by the check of settings, before anything is made") {
  const TempDir folder;
  const auto refused = [&](const Arguments& more, const std::string& key) {
    Arguments all{"serve", "--data", folder / "data", "--listen", "127.0.0.1:0"};
    all.insert(all.end(), more.begin(), more.end());
    const auto done = run_usher(all);
    CAPTURE(done.err);
    CHECK(done.status == 2);
    CHECK(done.err.find(key) != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "data"));
  };
  refused({"--listen", "no-such-host.invalid:3000"}, "server.listen");
  refused({"--listen", "256.1.1.1:3000"}, "server.listen");
  refused({"--listen", "192.0.2.1:3000"}, "server.listen");  // nobody's: RFC 5737
  refused({"--tls-cert", folder / "none.pem", "--tls-key", folder / "none.pem"}, "tls.cert");
  refused({"--set", "accounts.scrypt_r=1", "--set", "accounts.scrypt_n=65536"},
          "accounts.scrypt_n");
  refused({"--backups", folder / "data" / "db"}, "--backups");
  refused({"--backups", folder / "data"}, "--backups");
  refused({"--backups", folder / "data" / "backups"}, "--backups");
  refused({"--backups", folder.path()}, "--backups");
  refused({"--web", folder / "none"}, "web.folder");
  std::ofstream{folder / "not.pem"} << "no certificate\n";
  refused({"--tls-cert", folder / "not.pem", "--tls-key", folder / "not.pem"}, "tls.cert");
}

TEST_CASE("an empty name is the slip of a script, not a folder") {
  const TempDir folder;
  const std::vector<Arguments> commands = {{"serve", "--data", ""},
                                           {"serve", "--backups", ""},
                                           {"serve", "--config", ""},
                                           {"verify", ""},
                                           {"export", ""},
                                           {"rebuild", ""},
                                           {"backup", ""},
                                           {"backup", "x", "--to", ""},
                                           {"backup", "--node", ""},
                                           {"backup", "list", ""},
                                           {"backup", "remove", "", "1"},
                                           {"restore", "", folder / "new"},
                                           {"restore", folder.path(), ""}};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    const auto refused = run_usher(command);
    CHECK(refused.status == 2);
    CHECK_MESSAGE(refused.err.find("must not be empty") != std::string::npos, refused.err);
  }
}

TEST_CASE("no store is made among the files of something else") {
  const TempDir folder;
  const auto home = folder / "home";
  fs::create_directories(home);
  std::ofstream{home / "letter"} << "dear\n";
  const auto refused = run_usher({"serve", "--data", home, "--listen", "127.0.0.1:0"});
  CHECK(refused.status == 1);
  CHECK_MESSAGE(refused.err.find("letter") != std::string::npos, refused.err);
  CHECK(std::distance(fs::directory_iterator{home}, {}) == 1);
}

TEST_CASE("a fresh disk, and a key that was put there before, are where a store may be made") {
  const TempDir folder;
  const auto disk = folder / "disk";
  fs::create_directories(disk / "lost+found");
  std::ofstream{disk / ".bashrc"} << "# a service user's home\n";
  ServerProcess server{disk};
  Client client{server.port()};
  CHECK(client.get("/healthz").status == 200);
}

TEST_CASE("a name to listen on is looked up") {
  const TempDir folder;
  ServerProcess server{folder / "data", {"--listen", "localhost:0"}};
  Client client{server.port()};
  CHECK(client.get("/healthz").status == 200);
}
