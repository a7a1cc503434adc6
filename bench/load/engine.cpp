#include "bench/load/engine.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>

namespace usher::bench {
namespace {

using Nanos = std::int64_t;

constexpr std::size_t read_bytes = 64 * 1024;
constexpr Nanos tick_ns = 50'000'000;  // time-outs and the end of the run are checked this often
constexpr Nanos reconnect_ns = 20'000'000;  // pause before trying again to connect
constexpr Nanos drain_ns = 5'000'000'000;   // after a fixed-rate run, for what was due but waits
constexpr Nanos never = INT64_MAX;

Nanos now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return Nanos{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

struct Window {
  Nanos start = 0;
  Nanos end = never;
  [[nodiscard]] bool holds(Nanos t) const { return t >= start && t < end; }
};

struct Client {
  Script* script = nullptr;
  int fd = -1;
  bool busy = false;
  bool retired = false;
  bool wants_write = false;
  std::size_t label = 0;
  std::size_t sent = 0;
  Nanos operation_start = 0;
  Nanos request_start = 0;
  Nanos reconnect_at = 0;
  std::string out;
  std::string in;  // the beginning of a response that came in pieces
};

// One thread's connections.
class Loop {
 public:
  Loop(const Target& target, const Plan& plan)
      : target_(target), plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    buffer_.resize(read_bytes);
  }
  ~Loop() {
    for (Client& client : clients_)
      if (client.fd >= 0) ::close(client.fd);
    ::close(epoll_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void reserve(std::size_t clients) { clients_.reserve(clients); }  // their addresses must not move
  void add(Script& script) {
    clients_.emplace_back();
    clients_.back().script = &script;
  }

  // Before the clock starts: a server with a short listen queue takes its time.
  void connect_all() {
    for (Client& client : clients_) connect(client);
  }

  Tally run(Window window, std::size_t index) {
    window_ = window;
    last_answer_ = now_ns();
    if (plan_.rate > 0)
      schedule_.emplace(plan_.rate / static_cast<double>(plan_.threads), plan_.poisson, now_ns(),
                        plan_.seed + index);
    for (Client& client : clients_) set_free(client);
    Nanos next_tick = 0;
    for (;;) {
      const Nanos now = now_ns();
      if (now >= next_tick) {
        next_tick = now + tick_ns;
        sweep(now);
      }
      start_due(now);
      if (is_over(now) || is_hopeless(now)) break;
      wait(next_tick);
    }
    count_never_started();
    return std::move(tally_);
  }

  [[nodiscard]] bool ran_dry() const { return retired_ == clients_.size(); }
  [[nodiscard]] Nanos last_answer() const { return last_answer_; }

 private:
  // The run ends when the window has closed (or every script is done) and nothing is in flight.
  bool is_over(Nanos now) const { return busy_ == 0 && (now >= window_.end || ran_dry()); }

  // Without an end in time, a server that is gone would be waited for for ever. At least one
  // connection has been refused or one request has timed out by then, so the tally is not clean.
  bool is_hopeless(Nanos now) const {
    return window_.end == never && now - last_answer_ > 2 * plan_.request_timeout.count();
  }

  void connect(Client& client) {
    client.fd = connect_to(target_);
    if (client.fd < 0) {
      ++tally_.refused;
      client.reconnect_at = now_ns() + reconnect_ns;
      return;
    }
    client.wants_write = false;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
  }

  void disconnect(Client& client) {
    ::close(client.fd);
    client.fd = -1;
    client.in.clear();
    set_busy(client, false);
    std::erase(idle_, &client);
  }

  void set_busy(Client& client, bool busy) {
    if (client.busy == busy) return;
    client.busy = busy;
    busy ? ++busy_ : --busy_;
  }

  // The client can begin an operation: at once, or when one is due.
  void set_free(Client& client) {
    if (client.fd < 0 || client.retired) return;
    if (schedule_)
      idle_.push_back(&client);
    else if (const Nanos now = now_ns(); now < window_.end)
      begin(client, now);
  }

  // Starts an operation that was due at `due` (closed loop: now).
  void begin(Client& client, Nanos due) {
    client.operation_start = due;
    if (send_next(client)) return;
    client.retired = true;
    ++retired_;
  }

  bool send_next(Client& client) {
    client.out.clear();
    client.sent = 0;
    if (!client.script->next(client.out, client.label)) {
      set_busy(client, false);
      return false;
    }
    set_busy(client, true);
    client.request_start = now_ns();
    flush(client);
    return true;
  }

  void flush(Client& client) {
    const std::size_t left = client.out.size() - client.sent;
    const ssize_t n = ::send(client.fd, client.out.data() + client.sent, left, MSG_NOSIGNAL);
    if (n > 0) client.sent += static_cast<std::size_t>(n);
    // A broken connection shows itself at the next read.
    const bool blocked = client.sent < client.out.size() && n >= 0;
    const bool full = n < 0 && errno == EAGAIN;
    if (blocked || full || client.wants_write) want_write(client, blocked || full);
  }

  void want_write(Client& client, bool wanted) {
    if (client.wants_write == wanted) return;
    client.wants_write = wanted;
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd, &event);
  }

  void start_due(Nanos now) {
    if (!schedule_ || now >= window_.end + drain_ns) return;
    while (!idle_.empty() && schedule_->due() <= now && schedule_->due() < window_.end) {
      Client* client = idle_.back();
      idle_.pop_back();
      const Nanos due = schedule_->due();
      schedule_->advance();
      begin(*client, due);
    }
  }

  void wait(Nanos next_tick) {
    Nanos until = next_tick;
    if (schedule_ && !idle_.empty() && schedule_->due() < window_.end)
      until = std::min(until, schedule_->due());
    const Nanos left = std::max<Nanos>(0, until - now_ns());
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    std::array<epoll_event, 256> events;
    const int ready = ::epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
      auto& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client.fd >= 0 && (events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0)
        flush(client);
      if (client.fd >= 0) read(client);
      if (schedule_) start_due(now_ns());
    }
  }

  void read(Client& client) {
    const ssize_t n = ::recv(client.fd, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return lose(client);
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(n));
    if (!client.in.empty()) bytes = client.in.append(bytes);
    if (!client.busy) return note_wrong(client, "bytes that nobody asked for", bytes);
    Response response;
    switch (cut_response(bytes, response)) {
      case Cut::incomplete:
        if (client.in.empty()) client.in = bytes;
        return;
      case Cut::malformed:
        return note_wrong(client, "not HTTP", bytes);
      case Cut::complete:
        break;
    }
    if (response.status < 200) {  // 100 Continue and its like are not the answer
      client.in = std::string(bytes.substr(response.size));
      return;
    }
    if (response.size != bytes.size()) return note_wrong(client, "two answers to one", bytes);
    answered(client, response);
  }

  void answered(Client& client, const Response& response) {
    const Nanos now = now_ns();
    const bool counts = window_.holds(now);
    ++tally_.answered;
    if (counts) {
      ++tally_.requests;
      if (response.status < 600) ++tally_.statuses[static_cast<std::size_t>(response.status)];
      tally_.request[client.label].record(static_cast<std::uint64_t>(now - client.request_start));
    }
    const Verdict verdict = client.script->answered(response);
    if (verdict == Verdict::wrong) remember_wrong("status or body", response.head, response.body);
    if (counts && verdict != Verdict::wrong && response.status < 300)
      ++tally_.succeeded[client.label];
    last_answer_ = now;
    const bool keeps_alive = response.keeps_alive;
    client.in.clear();  // `response` may point into it: not used below

    if (!keeps_alive) {
      ++tally_.closed_idle;
      disconnect(client);
      connect(client);
      if (client.fd < 0 && verdict == Verdict::continues) client.script->interrupted();
      if (client.fd < 0) return;
    }
    if (verdict == Verdict::continues) {
      send_next(client);
      return;
    }
    set_busy(client, false);
    if (verdict == Verdict::finished) {
      if (counts) ++tally_.operations;
      if (window_.holds(schedule_ ? client.operation_start : now))
        tally_.operation.record(static_cast<std::uint64_t>(now - client.operation_start));
    }
    set_free(client);
  }

  void lose(Client& client) {
    if (client.busy) {
      ++tally_.lost;
      client.script->interrupted();
    } else {
      ++tally_.closed_idle;
    }
    disconnect(client);
    client.reconnect_at = now_ns() + reconnect_ns;
  }

  void note_wrong(Client& client, std::string_view what, std::string_view bytes) {
    remember_wrong(what, bytes, {});
    client.script->interrupted();
    disconnect(client);
    client.reconnect_at = now_ns() + reconnect_ns;
  }

  void remember_wrong(std::string_view what, std::string_view head, std::string_view body) {
    ++tally_.wrong;
    if (!tally_.first_wrong.empty()) return;
    constexpr std::size_t shown = 300;
    tally_.first_wrong = std::string(what) + ": " + std::string(head.substr(0, shown)) + " | " +
                         std::string(body.substr(0, shown));
  }

  void sweep(Nanos now) {
    for (Client& client : clients_) {
      if (client.busy && now - client.request_start > plan_.request_timeout.count()) {
        ++tally_.timed_out;
        client.script->interrupted();
        disconnect(client);
        client.reconnect_at = now;
      }
      const bool is_needed = !client.retired && now < window_.end;
      if (client.fd < 0 && is_needed && now >= client.reconnect_at) {
        connect(client);
        set_free(client);
      }
    }
  }

  // Operations that were due but never got a connection are late by at least this much: leaving
  // them out would flatter the server.
  void count_never_started() {
    if (!schedule_) return;
    const Nanos now = now_ns();
    for (; schedule_->due() < window_.end; schedule_->advance()) {
      if (!window_.holds(schedule_->due())) continue;
      ++tally_.never_started;
      tally_.operation.record(static_cast<std::uint64_t>(now - schedule_->due()));
    }
  }

  const Target& target_;
  const Plan& plan_;
  Window window_;
  const int epoll_;
  std::optional<Schedule> schedule_;
  std::vector<Client> clients_;
  std::vector<Client*> idle_;  // fixed rate: connected and without an operation
  std::size_t busy_ = 0;
  std::size_t retired_ = 0;
  Nanos last_answer_ = 0;  // the beginning of the run until there is one
  std::string buffer_;
  Tally tally_;
};

}  // namespace

Schedule::Schedule(double rate, bool poisson, std::int64_t start_ns, std::uint64_t seed)
    : gap_ns_(1e9 / rate),
      poisson_(poisson),
      exact_(static_cast<double>(start_ns)),
      due_(start_ns),
      random_(seed) {}

void Schedule::advance() {
  exact_ += poisson_ ? -std::log(1.0 - random_.unit()) * gap_ns_ : gap_ns_;
  due_ = static_cast<std::int64_t>(exact_);
}

void Tally::merge(const Tally& other) {
  operation.merge(other.operation);
  for (std::size_t i = 0; i < label_count_max; ++i) {
    request[i].merge(other.request[i]);
    succeeded[i] += other.succeeded[i];
  }
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i] += other.statuses[i];
  operations += other.operations;
  requests += other.requests;
  answered += other.answered;
  wrong += other.wrong;
  lost += other.lost;
  timed_out += other.timed_out;
  refused += other.refused;
  closed_idle += other.closed_idle;
  never_started += other.never_started;
  if (first_wrong.empty()) first_wrong = other.first_wrong;
}

Tally run(const Target& target, const std::vector<std::unique_ptr<Script>>& scripts,
          const Plan& plan) {
  const std::size_t threads = std::max<std::size_t>(1, std::min(plan.threads, scripts.size()));
  Plan fitted = plan;
  fitted.threads = threads;
  std::vector<std::unique_ptr<Loop>> loops;
  for (std::size_t t = 0; t < threads; ++t) {
    loops.push_back(std::make_unique<Loop>(target, fitted));
    loops.back()->reserve(scripts.size() / threads + 1);
  }
  for (std::size_t i = 0; i < scripts.size(); ++i) loops[i % threads]->add(*scripts[i]);
  for (const auto& loop : loops) loop->connect_all();
  Window window;
  window.start = now_ns() + plan.warm_up.count();
  if (plan.measured.count() > 0) window.end = window.start + plan.measured.count();

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t running = threads;
  std::vector<Tally> tallies(threads);
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      tallies[t] = loops[t]->run(window, t);
      const std::lock_guard lock(mutex);
      --running;
      changed.notify_one();
    });

  const auto wait_until = [&](Nanos moment) {
    std::unique_lock lock(mutex);
    const auto all_done = [&] { return running == 0; };
    if (moment == never)
      changed.wait(lock, all_done);
    else
      changed.wait_for(lock, std::chrono::nanoseconds(moment - now_ns()), all_done);
  };
  wait_until(window.start);
  if (plan.on_measure_start) plan.on_measure_start();
  wait_until(window.end);
  if (plan.on_measure_end) plan.on_measure_end();
  for (std::thread& worker : workers) worker.join();

  Tally total;
  Nanos last_answer = 0;
  for (const Tally& tally : tallies) total.merge(tally);
  for (const auto& loop : loops) {
    last_answer = std::max(last_answer, loop->last_answer());
    total.ran_dry = total.ran_dry || loop->ran_dry();
  }
  // Scripts that had nothing left to do close the window early.
  const Nanos end = total.ran_dry ? std::min(window.end, last_answer) : window.end;
  total.seconds = static_cast<double>(std::max<Nanos>(0, end - window.start)) / 1e9;
  return total;
}

}  // namespace usher::bench
