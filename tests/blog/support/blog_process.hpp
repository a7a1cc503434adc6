// The blog's real binary as a child process: started, asked for its port, killed or stopped.
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

namespace usher::blog_test {

using integration::Answer;
using integration::Arguments;
using integration::Client;
using integration::Json;
using integration::TempDir;

inline const std::string token = "the operator's token";

class BlogProcess {
 public:
  // `usher-blog ARGUMENTS...`, its standard error to be read.
  explicit BlogProcess(Arguments arguments) {
    arguments.insert(arguments.begin(), USHER_BLOG_BIN);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    ::setenv("USHER_OPERATOR_TOKEN", token.c_str(), 1);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDERR_FILENO);
      execv(USHER_BLOG_BIN, argv.data());
      _exit(127);
    }
    ::close(ends[1]);
    err_ = ends[0];
  }
  ~BlogProcess() {
    kill();
    ::close(err_);
  }
  BlogProcess(const BlogProcess&) = delete;
  BlogProcess& operator=(const BlogProcess&) = delete;

  // Reads until it is ready. Throws when it ends before.
  int wait_for_port() {
    while (true) {
      const auto at = said_.find("http://");
      const auto end = at == std::string::npos ? at : said_.find('\n', at);
      if (end != std::string::npos) {
        auto digit = said_.find(':', at + 7) + 1;
        int port = 0;
        for (; std::isdigit(static_cast<unsigned char>(said_[digit])); ++digit)
          port = port * 10 + (said_[digit] - '0');
        return port;
      }
      if (!read_more()) throw std::runtime_error("usher-blog did not start: " + said_);
    }
  }
  // To its end: the exit status, 128 + signal when a signal ended it.
  int wait() {
    while (read_more()) {
    }
    if (pid_ <= 0) return status_;
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
  }
  void kill() {
    signal(SIGKILL);
    wait();
  }
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  bool read_more() {
    char buffer[4096];
    const auto count = ::read(err_, buffer, sizeof buffer);
    if (count > 0) said_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  pid_t pid_ = -1;
  int err_ = -1;
  int status_ = -1;
  std::string said_;
};

// A blog that is served on a free port.
class Served {
 public:
  explicit Served(const std::filesystem::path& data, Arguments more = {})
      : process_([&] {
          Arguments arguments{"serve", "--data", data, "--listen", "127.0.0.1:0"};
          arguments.insert(arguments.end(), more.begin(), more.end());
          return arguments;
        }()) {
    port_ = process_.wait_for_port();
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] Client client() const { return Client{port_}; }
  void kill() { process_.kill(); }
  int terminate() {
    process_.signal(SIGTERM);
    return process_.wait();
  }

 private:
  BlogProcess process_;
  int port_ = 0;
};

// The exit status of `usher-blog COMMAND --data DATA`.
inline int run_blog(const std::string& command, const std::filesystem::path& data) {
  return BlogProcess{{command, "--data", data}}.wait();
}

inline Json body_of(const Answer& answer) { return answer.json(); }

inline std::string new_post(Client& client, const std::string& title = "A post") {
  const auto answer = client.post("/posts", {{"title", title}});
  return answer.status == 201 ? answer.json().at("id").get<std::string>() : std::string{};
}

inline std::string comments_of(const std::string& post) { return "/posts/" + post + "/comments"; }

// Waits, on the live stream from the first event on, until this many comments have been moderated.
// Returns what the stream has said.
inline std::string wait_for_updates(const Served& blog, std::size_t count) {
  auto client = blog.client();
  return client.stream("/events?after=0", {{"Accept", "text/event-stream"}},
                       std::chrono::seconds(60), [count](const std::string& so_far) {
                         std::size_t found = 0;
                         for (auto at = so_far.find("\"CommentUpdated\""); at != std::string::npos;
                              at = so_far.find("\"CommentUpdated\"", at + 1))
                           ++found;
                         return found < count;
                       });
}

inline Answer switch_moderation(Client& client, bool on) {
  return client.put("/moderation", {{"running", on}}, {{"Authorization", "Bearer " + token}});
}

}  // namespace usher::blog_test
