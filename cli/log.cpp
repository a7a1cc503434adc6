#include "cli/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace usher::cli {
namespace {

constexpr std::size_t gathered_bytes_max = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds write_interval{100};

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is there to be told
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

class GatheringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  GatheringSink() = default;
  ~GatheringSink() override {
    writer_.request_stop();
    writer_.join();
    write_gathered();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (gathered_.size() >= gathered_bytes_max) {
      ++dropped_;
      return;
    }
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    gathered_.append(line.data(), line.size());
  }
  void flush_() override {
    is_urgent_ = true;
    wake_.notify_one();
  }

 private:
  void write_from_time_to_time(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock{mutex_};
        wake_.wait_for(lock, stop, write_interval, [this] { return is_urgent_; });
        is_urgent_ = false;
      }
      write_gathered();
    }
  }
  void write_gathered() {
    std::uint64_t dropped = 0;
    {
      const std::lock_guard lock{mutex_};
      writing_.swap(gathered_);
      dropped = std::exchange(dropped_, 0);
    }
    write_all(writing_);
    if (dropped > 0) write_all("(" + std::to_string(dropped) + " lines of the log were dropped)\n");
    writing_.clear();
  }

  std::string gathered_;  // this and the next two: under the base's mutex
  std::uint64_t dropped_ = 0;
  bool is_urgent_ = false;
  std::string writing_;  // the writer's own
  std::condition_variable_any wake_;
  std::jthread writer_{[this](const std::stop_token& stop) { write_from_time_to_time(stop); }};
};

}  // namespace

void start_log(const LogSettings& settings) {
  auto logger = std::make_shared<spdlog::logger>("usher", std::make_shared<GatheringSink>());
  logger->set_level(spdlog::level::from_str(settings.level == "error" ? "err" : settings.level));
  logger->flush_on(spdlog::level::warn);
  if (settings.format == "json")
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                        spdlog::pattern_time_type::utc);
  else
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

std::string line(const LogSettings& settings, const std::string& text) {
  if (settings.format != "json") return text;
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return "\"message\":\"" + quoted + "\"";
}

void log_request(const LogSettings& settings, const http::RequestSeen& seen) {
  if (settings.format == "json") {
    spdlog::info(
        R"("id":"{}","client":"{}","method":"{}","route":"{}","status":{},"us":{},"in":{},"out":{})",
        seen.id, seen.client, seen.method, seen.pattern, seen.status, seen.duration_us,
        seen.bytes_in, seen.bytes_out);
    return;
  }
  spdlog::info("{} {} {} {} {} {}us {}B {}", seen.client, seen.method,
               seen.target.substr(0, seen.target.find('?')), seen.status, seen.pattern,
               seen.duration_us, seen.bytes_out, seen.id);
}

}  // namespace usher::cli
