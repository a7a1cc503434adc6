// A library for LD_PRELOAD: between the real binary and the kernel, it makes writes and syncs of
// chosen files fail, tear, lie or damage what they write. It knows nothing of its callers.
// support/faults.hpp has the language of the control file and how a test reads what was done.
//
// Everything here is plain system calls: nothing that it calls comes back to it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t control_bytes_max = 4'096;
constexpr std::size_t bytes_kept_of_a_torn_write = 7;  // odd, and within the first header

struct Rule {
  std::string kind;
  std::string files;  // see is_about()
  long skip = 0;      // so many matching calls are left alone
  long times = 0;     // then so many are not; negative: all
};

// How far a file has been written and synced, by this process.
struct Extent {
  off_t written = 0;
  off_t synced = 0;
};

struct State {
  std::mutex mutex;
  std::string control;
  std::vector<Rule> rules;
  struct stat control_seen {};
  std::map<std::string, Extent> extents;
};

State& state() {
  static auto* const it = new State;  // never freed: threads write until the very end
  return *it;
}

long raw_write(int fd, const void* bytes, std::size_t size) {
  return syscall(SYS_write, fd, bytes, size);
}

std::string path_of(int fd) {
  const auto link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, PATH_MAX> path{};
  const auto size = readlink(link.c_str(), path.data(), path.size());
  return size <= 0 ? std::string{} : std::string{path.data(), static_cast<std::size_t>(size)};
}

// Tells the test that a fault has happened: KIND PATH.
void report(const State& s, const std::string& kind, const std::string& path) {
  const auto line = kind + ' ' + path + '\n';
  const auto name = s.control + ".fired";
  const auto fd = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (fd < 0) return;
  (void)raw_write(fd, line.data(), line.size());
  (void)syscall(SYS_close, fd);
}

std::vector<Rule> parsed(std::string_view text) {
  std::vector<Rule> rules;
  while (!text.empty()) {
    const auto line = std::string{text.substr(0, text.find('\n'))};
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < line.size()) {
      const auto end = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    if (words.size() == 4)
      rules.push_back(
          {words[0], words[1], std::atol(words[2].c_str()), std::atol(words[3].c_str())});
  }
  return rules;
}

// The control file is replaced as a whole (by renaming), so another inode means other rules.
void look_at_control(State& s) {
  if (s.control.empty()) {
    const char* name = std::getenv("USHER_TEST_FAULTS");
    if (name == nullptr) return;
    s.control = name;
  }
  struct stat now {};
  if (stat(s.control.c_str(), &now) != 0) {
    s.rules.clear();
    s.control_seen = {};
    return;
  }
  if (now.st_ino == s.control_seen.st_ino && now.st_mtim.tv_sec == s.control_seen.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == s.control_seen.st_mtim.tv_nsec)
    return;
  s.control_seen = now;
  const auto fd =
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, s.control.c_str(), O_RDONLY | O_CLOEXEC, 0));
  std::array<char, control_bytes_max> bytes{};
  const auto size = fd < 0 ? 0 : syscall(SYS_read, fd, bytes.data(), bytes.size());
  if (fd >= 0) (void)syscall(SYS_close, fd);
  s.rules = parsed({bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
}

// "db/": every path with that in it; "db/*.log": those that end with .log as well.
bool is_about(const std::string& files, const std::string& path) {
  const auto star = files.find('*');
  if (path.find(files.substr(0, star)) == std::string::npos) return false;
  if (star == std::string::npos) return true;
  const auto end = files.substr(star + 1);
  return path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
}

// The rule of this kind that holds for this call, if any; it has then been used once.
bool fires(State& s, const std::string& kind, const std::string& path) {
  for (auto& rule : s.rules) {
    if (rule.kind != kind || !is_about(rule.files, path)) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.times == 0) continue;
    if (rule.times > 0) --rule.times;
    report(s, kind, path);
    return true;
  }
  return false;
}

// The power goes: of the files in question only what was synced is still there.
[[noreturn]] void cut_power(State& s, const std::string& files) {
  for (const auto& [path, extent] : s.extents)
    if (is_about(files, path)) (void)syscall(SYS_truncate, path.c_str(), extent.synced);
  (void)kill(getpid(), SIGKILL);
  for (;;) pause();
}

void cut_power_if_told(State& s, const std::string& path) {
  const auto rules = s.rules;  // fires() changes them
  for (const auto& rule : rules)
    if (rule.kind == "power_cut" && fires(s, "power_cut", path)) cut_power(s, rule.files);
}

// `at`: where it is written; negative: at the end, as write() does with the files in question.
ssize_t faulty_write(int fd, const void* bytes, std::size_t size, off_t at) {
  const auto really = [&](const void* what, std::size_t count) {
    return at < 0 ? raw_write(fd, what, count) : syscall(SYS_pwrite64, fd, what, count, at);
  };
  auto& s = state();
  const std::lock_guard lock{s.mutex};
  look_at_control(s);
  if (s.control.empty() || size == 0) return really(bytes, size);
  const auto path = path_of(fd);
  if (path.empty() || path.front() != '/') return really(bytes, size);  // a socket, a pipe

  cut_power_if_told(s, path);
  const auto fail = [](int why) {
    errno = why;
    return ssize_t{-1};
  };
  if (fires(s, "write_enospc", path)) return fail(ENOSPC);
  if (fires(s, "write_eio", path)) return fail(EIO);
  if (fires(s, "write_torn", path)) {
    (void)really(bytes, std::min(size, bytes_kept_of_a_torn_write));
    return fail(EIO);
  }
  if (fires(s, "write_killed", path)) {
    (void)really(bytes, size / 2);
    (void)kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  ssize_t done = 0;
  if (size > 1 && fires(s, "write_short", path)) {
    done = really(bytes, size / 2);
  } else if (fires(s, "write_flips", path)) {
    std::vector<char> copy(size);
    std::memcpy(copy.data(), bytes, size);
    copy[size / 2] = static_cast<char>(copy[size / 2] ^ 0x10);
    done = really(copy.data(), size);
  } else {
    done = really(bytes, size);
  }
  if (done > 0 && at < 0) s.extents[path].written += done;
  return done;
}

int faulty_sync(long call, int fd) {
  auto& s = state();
  std::string path;
  off_t reached = 0;
  bool hangs = false;
  int slow_ms = 0;
  {
    const std::lock_guard lock{s.mutex};
    look_at_control(s);
    if (!s.control.empty()) {
      path = path_of(fd);
      cut_power_if_told(s, path);
      hangs = fires(s, "sync_hangs", path);
      for (const int ms : {100, 500})
        if (fires(s, "sync_takes_" + std::to_string(ms) + "ms", path)) slow_ms = ms;
      if (fires(s, "sync_eio", path)) {
        errno = EIO;
        return -1;
      }
      if (fires(s, "sync_lies", path)) return 0;
      (void)fires(s, "sync_counted", path);
      reached = s.extents[path].written;
    }
  }
  while (hangs) ::pause();
  if (slow_ms > 0) {
    const timespec pause{0, slow_ms * 1'000'000L};
    (void)nanosleep(&pause, nullptr);  // the disk is slow
  }
  const auto result = static_cast<int>(syscall(call, fd));
  if (result == 0 && !path.empty()) {
    const std::lock_guard lock{s.mutex};
    auto& synced = s.extents[path].synced;
    synced = std::max(synced, reached);
  }
  return result;
}

// Whether a call about a name is to fail: `at`, as the caller has spelled it, from `directory`.
bool name_fires(const std::string& kind, int directory, const char* at) {
  auto& s = state();
  const std::lock_guard lock{s.mutex};
  look_at_control(s);
  if (s.control.empty() || at == nullptr) return false;
  std::string path{at};
  if (path.empty() || path.front() != '/')
    path = (directory == AT_FDCWD ? std::string{} : path_of(directory) + '/') + path;
  if (path.compare(0, s.control.size(), s.control) == 0) return false;
  return fires(s, kind, path);
}

int faulty_open(int directory, const char* name, int flags, mode_t mode) {
  const bool creates = (flags & O_CREAT) != 0;
  if ((creates && name_fires("create_emfile", directory, name)) ||
      name_fires("open_emfile", directory, name)) {
    errno = EMFILE;
    return -1;
  }
  return static_cast<int>(syscall(SYS_openat, directory, name, flags, mode));
}

int faulty_rename(int from_directory, const char* from, int to_directory, const char* to) {
  if (name_fires("rename_eio", to_directory, to)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_renameat2, from_directory, from, to_directory, to, 0));
}

int faulty_unlink(int directory, const char* name, int flags) {
  if (name_fires("unlink_eio", directory, name)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_unlinkat, directory, name, flags));
}

void* faulty_mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) {
  // Memory that is no file's is the allocator's business: without it the process ends anyway.
  if (fd >= 0 && (flags & MAP_ANONYMOUS) == 0) {
    auto& s = state();
    const std::lock_guard lock{s.mutex};
    look_at_control(s);
    if (!s.control.empty() && fires(s, "mmap_enomem", path_of(fd))) {
      errno = ENOMEM;
      return MAP_FAILED;
    }
  }
  const long mapped = syscall(SYS_mmap, at, size, protection, flags, fd, offset);
  return reinterpret_cast<void*>(mapped);
}

// The mode stands there only when a file may be made.
mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return faulty_open(AT_FDCWD, name, flags, mode);
}
int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return faulty_open(AT_FDCWD, name, flags, mode);
}
int openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return faulty_open(directory, name, flags, mode);
}
int openat64(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return faulty_open(directory, name, flags, mode);
}
// What a fortified program calls instead.
int __open_2(const char* name, int flags) { return faulty_open(AT_FDCWD, name, flags, 0); }
int __open64_2(const char* name, int flags) { return faulty_open(AT_FDCWD, name, flags, 0); }
int rename(const char* from, const char* to) noexcept {
  return faulty_rename(AT_FDCWD, from, AT_FDCWD, to);
}
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return faulty_rename(from_directory, from, to_directory, to);
}
int unlink(const char* name) noexcept { return faulty_unlink(AT_FDCWD, name, 0); }
int unlinkat(int directory, const char* name, int flags) noexcept {
  return faulty_unlink(directory, name, flags);
}
void* mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  return faulty_mmap(at, size, protection, flags, fd, offset);
}
void* mmap64(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  return faulty_mmap(at, size, protection, flags, fd, offset);
}

ssize_t write(int fd, const void* bytes, std::size_t size) {
  return faulty_write(fd, bytes, size, -1);
}
ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  return faulty_write(fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off_t at) {
  return faulty_write(fd, bytes, size, at);
}
int fsync(int fd) { return faulty_sync(SYS_fsync, fd); }
int fdatasync(int fd) { return faulty_sync(SYS_fdatasync, fd); }

}  // extern "C"
