// The real binary as a child process: started, asked for its port, killed or stopped.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace usher::integration {

inline const std::string jwt_key = "a key for integration tests";
inline const std::string operator_token = "the operator's token";

// A folder of its own, removed at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using Arguments = std::vector<std::string>;

// A child with its environment replaced where named; an empty value removes the variable.
using Environment = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Environment test_secrets();
// In the environment of a child: its hard limit of open files.
inline const std::string open_files_variable = "USHER_TEST_OPEN_FILES";

struct Finished {
  int status = -1;  // the exit status; 128 + signal when a signal ended it
  std::string out;
  std::string err;
};
// Runs `usher ARGUMENTS...` to its end. `out`: a file that gets its standard output instead, such
// as /dev/full.
[[nodiscard]] Finished run_usher(const Arguments& arguments,
                                 const Environment& environment = test_secrets(),
                                 const std::filesystem::path& out = {});

class ServerProcess {
 public:
  // Serves `data` by config/course.toml on a free port. Throws when it does not come up.
  // `err`: what gets its standard error, instead of a file that log() reads.
  explicit ServerProcess(std::filesystem::path data, Arguments more = {},
                         const Environment& environment = test_secrets(), int err = -1);
  ~ServerProcess();  // kill -9, unless it has ended
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string log() const;  // what it wrote to standard error
  // Waits until that holds this text; false when it takes for ever.
  [[nodiscard]] bool logs(const std::string& text) const;

  void kill();       // -9, and waits
  void terminate();  // SIGTERM, does not wait
  void hang_up();    // SIGHUP
  // The exit status; nullopt when it still runs after the time.
  [[nodiscard]] std::optional<int> wait(int seconds_max = 60);

 private:
  std::filesystem::path log_file_;
  pid_t pid_ = -1;
  int out_ = -1;
  int port_ = 0;
  std::optional<int> status_;
};

}  // namespace usher::integration
