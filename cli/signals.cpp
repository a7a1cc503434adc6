#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/log/log.hpp"

namespace usher::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds poll{100};
constexpr std::int64_t last_words_ms_max = 100;
// Of the time to stop, for the last words of whoever is over it: at most so much, and this part.
constexpr std::int64_t reserve_ms_max = 250, reserve_part = 10;

[[noreturn]] void end_by(int signal, const sigset_t& signals) {
  std::signal(signal, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  std::raise(signal);
  _exit(128 + signal);
}

[[noreturn]] void end_over_time(int status) {
  log::warn(
      "the time to stop is over: what still runs is cut off; nothing that was answered is lost");
  log::stop(last_words_ms_max);
  _exit(status);
}

timespec to_timespec(Milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000),
          static_cast<long>(time.count() % 1000 * 1'000'000)};
}

}  // namespace

struct Signals::State {
  sigset_t signals{};
  Milliseconds stop_time_max{0};
  std::mutex mutex;
  std::condition_variable happened;
  bool reload = false;
  std::optional<Clock::time_point> stop_until;
  int status = 0;

  Milliseconds left() const {  // under the mutex
    if (!stop_until) return stop_time_max;
    return std::max(std::chrono::duration_cast<Milliseconds>(*stop_until - Clock::now()),
                    Milliseconds{0});
  }
  void begin_stop() {  // under the mutex
    if (!stop_until) stop_until = Clock::now() + stop_time_max;
    happened.notify_all();
  }

  [[noreturn]] void watch() {
    bool is_asked = false;  // by a signal: the next one is the second
    for (;;) {
      const timespec longest = to_timespec([&] {
        const std::lock_guard lock{mutex};
        return stop_until ? std::min(poll, left()) : poll;
      }());
      const int signal = sigtimedwait(&signals, nullptr, &longest);
      if ((signal == SIGTERM || signal == SIGINT) && is_asked) end_by(signal, signals);
      std::unique_lock lock{mutex};
      if (signal == SIGTERM || signal == SIGINT) {
        is_asked = true;
        begin_stop();
      } else if (signal == SIGHUP) {
        reload = true;
        happened.notify_all();
      }
      if (stop_until && left() == Milliseconds{0}) {
        const int end_with = status;
        lock.unlock();
        end_over_time(end_with);
      }
    }
  }
};

Signals::Signals(std::int64_t stop_time_ms_max) : state_(std::make_shared<State>()) {
  state_->stop_time_max =
      Milliseconds{stop_time_ms_max - std::min(stop_time_ms_max / reserve_part, reserve_ms_max)};
  sigemptyset(&state_->signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&state_->signals, signal);
  pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
  // Nobody waits for it: it watches until the process has ended, destructors included.
  std::thread{[state = state_] { state->watch(); }}.detach();
}

Signals::Event Signals::wait(Milliseconds time_max) {
  std::unique_lock lock{state_->mutex};
  state_->happened.wait_for(lock, time_max,
                            [this] { return state_->reload || state_->stop_until.has_value(); });
  if (state_->stop_until) return Event::stop;
  return std::exchange(state_->reload, false) ? Event::reload : Event::none;
}

bool Signals::stop_requested() const {
  const std::lock_guard lock{state_->mutex};
  return state_->stop_until.has_value();
}

void Signals::begin_stop(int status) {
  const std::lock_guard lock{state_->mutex};
  state_->status = status;
  state_->begin_stop();
}

std::int64_t Signals::left_ms() const {
  const std::lock_guard lock{state_->mutex};
  return state_->left().count();
}

}  // namespace usher::cli
