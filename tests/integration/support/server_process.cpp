#include "tests/integration/support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/eventually.hpp"

namespace usher::integration {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto start_time_max = std::chrono::seconds(60);

std::vector<std::string> environment_with(const Environment& changes) {
  std::vector<std::string> all;
  auto is_changed = [&](const std::string& entry) {
    for (const auto& [name, value] : changes)
      if (entry.starts_with(name + "=")) return true;
    return false;
  };
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!is_changed(*entry)) all.emplace_back(*entry);
  for (const auto& [name, value] : changes)
    if (!value.empty()) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

rlimit open_files_of(const Environment& environment) {
  for (const auto& [name, value] : environment)
    if (name == open_files_variable) return {std::stoul(value), std::stoul(value)};
  return {0, 0};
}

// Between fork and exec only what is safe beside other threads; the child dies with its parent.
pid_t spawn(Arguments arguments, const Environment& environment, int out, int err) {
  arguments.insert(arguments.begin(), USHER_BIN);
  auto variables = environment_with(environment);
  const auto argv = pointers(arguments);
  const auto envp = pointers(variables);
  const rlimit open_files = open_files_of(environment);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (open_files.rlim_max != 0) setrlimit(RLIMIT_NOFILE, &open_files);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execve(USHER_BIN, argv.data(), envp.data());
  _exit(127);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

int open_to_write(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// The port in "Usher serves http://HOST:PORT" (or https); 0 when it ends or takes too long before.
int read_port(int out) {
  std::string text;
  const std::string before = "Usher serves ";
  const auto deadline = Clock::now() + start_time_max;
  while (Clock::now() < deadline) {
    pollfd ready{out, POLLIN, 0};
    if (poll(&ready, 1, 100) <= 0) continue;
    char buffer[512];
    const auto count = ::read(out, buffer, sizeof buffer);
    if (count <= 0) return 0;
    text.append(buffer, static_cast<std::size_t>(count));
    const auto at = text.find(before);
    const auto end = at == std::string::npos ? at : text.find('\n', at);
    if (end != std::string::npos) return std::atoi(text.c_str() + text.rfind(':', end) + 1);
  }
  return 0;
}

}  // namespace

TempDir::TempDir() {
  auto name = (std::filesystem::temp_directory_path() / "usher-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Environment test_secrets() {
  return {{"JWT_KEY", jwt_key}, {"USHER_OPERATOR_TOKEN", operator_token}, {"STRIPE_KEY", ""}};
}

Finished run_usher(const Arguments& arguments, const Environment& environment,
                   const std::filesystem::path& instead) {
  const TempDir folder;
  const int out = open_to_write(instead.empty() ? folder / "out" : instead);
  const int err = open_to_write(folder / "err");
  const pid_t pid = spawn(arguments, environment, out, err);
  ::close(out);
  ::close(err);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) throw std::runtime_error("cannot run usher");
  return {exit_status(status), instead.empty() ? content_of(folder / "out") : std::string{},
          content_of(folder / "err")};
}

ServerProcess::ServerProcess(std::filesystem::path data, Arguments more,
                             const Environment& environment, int other_err)
    : log_file_(data.string() + ".log") {
  Arguments arguments{"serve",       "--config", USHER_SOURCE_DIR "/config/course.toml",
                      "--data",      data,       "--listen",
                      "127.0.0.1:0", "--set",    "log.access=false"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int err = other_err >= 0 ? fcntl(other_err, F_DUPFD_CLOEXEC, 0) : open_to_write(log_file_);
  pid_ = spawn(std::move(arguments), environment, ends[1], err);
  ::close(ends[1]);
  ::close(err);
  out_ = ends[0];
  port_ = pid_ < 0 ? 0 : read_port(out_);
  if (port_ != 0) return;
  const auto said = log();
  this->kill();
  ::close(out_);
  throw std::runtime_error("the server did not start: " + said);
}

ServerProcess::~ServerProcess() {
  this->kill();
  ::close(out_);
}

std::string ServerProcess::log() const { return content_of(log_file_); }

bool ServerProcess::logs(const std::string& text) const {
  return testing::eventually([&] { return log().find(text) != std::string::npos; }, start_time_max);
}

void ServerProcess::kill() {
  if (pid_ <= 0 || status_) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

void ServerProcess::terminate() {
  if (pid_ > 0 && !status_) ::kill(pid_, SIGTERM);
}

void ServerProcess::hang_up() {
  if (pid_ > 0 && !status_) ::kill(pid_, SIGHUP);
}

std::optional<int> ServerProcess::wait(int seconds_max) {
  const auto has_ended = [&] {
    if (status_) return true;
    int status = 0;
    const auto ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) status_ = exit_status(status);
    return ended != 0;
  };
  static_cast<void>(testing::eventually(has_ended, std::chrono::seconds{seconds_max}));
  return status_;
}

}  // namespace usher::integration
