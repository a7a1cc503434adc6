#include "base/log/log.hpp"

#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/hex.hpp"
#include "base/invariant.hpp"

namespace usher::log {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t gathered_bytes_max = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds write_interval{100};
constexpr int poll_ms = 50;

// ---- what a line looks like

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes the character that begins here has; 0: it is no UTF-8.
std::size_t utf8_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80                     ? 1
                           : first >= 0xC2 && first <= 0xDF ? 2
                           : (first & 0xF0) == 0xE0         ? 3
                           : first >= 0xF0 && first <= 0xF4 ? 4
                                                            : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (size < 3) return size;
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = first == 0xED && byte(1) > 0x9F;
  const bool is_too_large = first == 0xF4 && byte(1) > 0x8F;
  return is_overlong || is_surrogate || is_too_large ? 0 : size;
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// As JSON writes it, without the quotes around it.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text.front();
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      append_hex(out, byte);
    } else if (const auto bytes = utf8_bytes(text); bytes > 0) {
      out.append(text.substr(0, bytes));
      text.remove_prefix(bytes - 1);
    } else {
      out += replacement;
    }
    text.remove_prefix(1);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

// For people: quotes only where a reader would not see where the value ends.
void append_readable(std::string& out, std::string_view text) {
  const bool is_word = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_plain(c) && c != ' ' && c != '=';
  });
  if (is_word)
    out += text;
  else
    append_quoted(out, text);
}

void append_value(std::string& out, Format format, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value))
    format == Format::json ? append_quoted(out, *text) : append_readable(out, *text);
  else if (const auto* number = std::get_if<std::int64_t>(&field.value))
    out += std::to_string(*number);
  else
    out += std::get<bool>(field.value) ? "true" : "false";
}

// ---- where it goes

// Where the gathered bytes are, shared with the thread that writes them: should that one hang in a
// write, it is left behind with its share when the process ends.
struct Gathered {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable ended;
  std::string bytes;
  std::uint64_t dropped = 0;  // lines
  bool is_urgent = false;
  bool is_stopping = false;
  bool has_ended = false;
  std::atomic<Clock::rep> give_up_at{Clock::duration::max().count()};

  [[nodiscard]] bool gives_up() const {
    return Clock::now().time_since_epoch().count() >= give_up_at.load();
  }
};

// A little at a time and only when there is room: a pipe that nobody reads blocks no write then.
bool write_all(const Gathered& gathered, std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd room{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&room, 1, poll_ms);
    if (gathered.gives_up()) return false;
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t written =
        ::write(STDERR_FILENO, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return true;  // nobody is there to be told
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

class GatheringSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit GatheringSink(std::shared_ptr<Gathered> gathered) : gathered_(std::move(gathered)) {
    std::thread{[this_gathered = gathered_] { write_periodically(*this_gathered); }}.detach();
  }

  // What is left is written, unless that takes longer.
  void stop(std::chrono::milliseconds time_max) {
    std::unique_lock lock{gathered_->mutex};
    gathered_->give_up_at = (Clock::now() + time_max).time_since_epoch().count();
    gathered_->is_stopping = true;
    gathered_->wake.notify_one();
    gathered_->ended.wait_for(lock, time_max + std::chrono::milliseconds{2 * poll_ms},
                              [this] { return gathered_->has_ended; });
  }

 protected:
  // The formatter is not made for several threads: it works under the same mutex.
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::lock_guard lock{gathered_->mutex};
    if (gathered_->bytes.size() >= gathered_bytes_max) {
      ++gathered_->dropped;
      return;
    }
    if (gathered_->dropped > 0) tell_dropped();
    append(message);
  }
  void flush_() override {
    {
      const std::lock_guard lock{gathered_->mutex};
      gathered_->is_urgent = true;
    }
    gathered_->wake.notify_one();
  }

 private:
  void append(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    gathered_->bytes.append(line.data(), line.size());
  }
  void tell_dropped();

  static void write_periodically(Gathered& gathered) {
    std::string writing;
    for (bool goes_on = true; goes_on;) {
      {
        std::unique_lock lock{gathered.mutex};
        gathered.wake.wait_for(lock, write_interval,
                               [&] { return gathered.is_urgent || gathered.is_stopping; });
        gathered.is_urgent = false;
        goes_on = !gathered.is_stopping;
        writing.swap(gathered.bytes);
      }
      goes_on = write_all(gathered, writing) && goes_on;
      writing.clear();
    }
    const std::lock_guard lock{gathered.mutex};
    gathered.has_ended = true;
    gathered.ended.notify_one();
  }

  std::shared_ptr<Gathered> gathered_;
};

struct Log {
  Format format = Format::text;
  std::shared_ptr<GatheringSink> sink;
  std::shared_ptr<spdlog::logger> logger;
};
// Never freed: threads that outlive main() may still want to say something.
Log& the_log() {
  static Log* log = new Log;
  return *log;
}
std::atomic<bool> is_started{false};

void GatheringSink::tell_dropped() {
  const std::string text = render(the_log().format, "lines of the log were dropped",
                                  {{"lines", std::exchange(gathered_->dropped, 0)}});
  append(spdlog::details::log_msg{"usher", spdlog::level::warn, text});
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!is_started.load(std::memory_order_acquire)) return;
  const Log& log = the_log();
  if (!log.logger->should_log(level)) return;
  const std::string text = render(log.format, message, fields);
  // The view is a payload here, not a format: braces in it mean nothing.
  log.logger->log(level, spdlog::string_view_t{text.data(), text.size()});
}

// The last line. The process ends behind it, so it waits until what was gathered is written; not
// for ever, as it does not at any other end.
void tell_broken_invariant(const char* what, const char* file, int line) {
  if (!the_log().logger->should_log(spdlog::level::critical))  // off: but it is no line like others
    std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
  const std::string place = std::string{file} + ':' + std::to_string(line);
  write(spdlog::level::critical, "invariant broken", {{"what", what}, {"where", place}});
  stop();
}

}  // namespace

std::string render(Format format, std::string_view message, Fields fields) {
  std::string out;
  out.reserve(256);
  if (format == Format::json) {
    out += "\"message\":";
    append_quoted(out, message);
  } else {
    append_escaped(out, message);
  }
  for (const Field& field : fields) {
    if (format == Format::json) {
      out += ",\"";
      out += field.name.text();
      out += "\":";
    } else {
      out += ' ';
      out += field.name.text();
      out += '=';
    }
    append_value(out, format, field);
  }
  return out;
}

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) { write(spdlog::level::info, message, fields); }
void warn(std::string_view message, Fields fields) { write(spdlog::level::warn, message, fields); }
void error(std::string_view message, Fields fields) { write(spdlog::level::err, message, fields); }

void start(std::string_view level, Format format) {
  Log& log = the_log();
  log.format = format;
  log.sink = std::make_shared<GatheringSink>(std::make_shared<Gathered>());
  log.logger = std::make_shared<spdlog::logger>("usher", log.sink);
  log.logger->set_level(level == "error" ? spdlog::level::err
                                         : spdlog::level::from_str(std::string{level}));
  log.logger->flush_on(spdlog::level::warn);
  log.logger->set_pattern(format == Format::json
                              ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                          spdlog::pattern_time_type::utc);
  is_started.store(true, std::memory_order_release);
  invariant_listener.store(tell_broken_invariant);
}

void stop(std::int64_t time_ms_max) {
  if (!is_started.exchange(false)) return;
  InvariantListener mine = tell_broken_invariant;
  invariant_listener.compare_exchange_strong(mine, nullptr);
  the_log().sink->stop(std::chrono::milliseconds{time_ms_max});
}

}  // namespace usher::log
