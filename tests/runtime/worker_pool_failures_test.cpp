// Jobs that throw, and jobs that do not come back (actors/runtime/worker_pool.hpp).
// Found in use: {"paid":null} from the gateway ended the worker that read it; each retry ended the
// next one, and after 16 s no payment was made any more, with nothing in the log.
#include <doctest/doctest.h>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "actors/runtime/actor_threads.hpp"
#include "actors/runtime/fair_line.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/worker_pool.hpp"

using namespace usher;

namespace {

class TestPool {
 public:
  explicit TestPool(WorkerPoolOptions options)
      : pool_(spawn_worker_pool(threads_.system(), std::move(options),
                                {&queued, &failed, &given_up},
                                [this](const std::string& line) {
                                  const std::lock_guard lock{mutex_};
                                  log_ += line + "\n";
                                })),
        self_(threads_.system()) {}

  // The job's number, or the error's words.
  std::string run(std::function<int()> work, std::function<void()> abandoned = {}) {
    std::string outcome;
    Job job{.run = [work = std::move(work)] { return caf::make_message(work()); },
            .abandoned = std::move(abandoned)};
    self_->request(pool_, caf::infinite, std::move(job))
        .receive([&](int number) { outcome = std::to_string(number); },
                 [&](const caf::error& error) { outcome = threads_.system().render(error); });
    return outcome;
  }
  void start(Job job) { self_->send(pool_, std::move(job)); }
  bool stop(std::chrono::milliseconds limit) {
    bool stopped = false;
    self_->request(pool_, limit, Stop{})
        .receive([&](Stopped) { stopped = true; }, [](const caf::error&) {});
    return stopped;
  }
  std::string log() {
    const std::lock_guard lock{mutex_};
    return log_;
  }

  std::atomic<std::int64_t> queued{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> given_up{0};

 private:
  std::mutex mutex_;
  std::string log_;
  ActorThreads threads_{1};
  caf::actor pool_;
  caf::scoped_actor self_;
};

constexpr std::chrono::seconds patience{20};

}  // namespace

TEST_CASE(
    "a job that throws fails alone: its only worker takes the next one, and the log says so") {
  TestPool pool{{.name = "readers", .workers = 1}};
  const std::vector<std::function<int()>> bad = {
      []() -> int { throw std::runtime_error("poison"); },
      []() -> int { throw std::bad_alloc{}; },
      []() -> int { throw 7; },
  };
  for (const auto& job : bad) {
    CHECK(pool.run(job).find("error") != std::string::npos);
    CHECK(pool.run([] { return 42; }) == "42");
  }
  CHECK(pool.failed == 3);
  CHECK(pool.queued == 0);
  CHECK(pool.log().find("readers: a job failed: poison") != std::string::npos);
  CHECK(pool.log().find("bad_alloc") != std::string::npos);
  CHECK(pool.stop(patience));
}

TEST_CASE("a job that does not come back is given up, and another worker takes its place") {
  TestPool pool{{.name = "gateway workers", .workers = 1, .job_ms_max = 40}};
  std::promise<void> release, came_back;
  std::atomic<int> abandoned{0};
  auto held = release.get_future().share();
  const auto outcome = pool.run(
      [held, &came_back] {
        held.wait();
        came_back.set_value();
        return 1;
      },
      [&abandoned] { ++abandoned; });
  CHECK(outcome.find("did not come back") != std::string::npos);
  CHECK(pool.run([] { return 42; }) == "42");
  CHECK(pool.given_up == 1);
  CHECK(abandoned == 1);
  CHECK(pool.queued == 0);
  CHECK(pool.log().find("gateway workers: a job did not come back") != std::string::npos);
  // It still uses what its owner would free: Stop waits for it.
  CHECK_FALSE(pool.stop(std::chrono::milliseconds{100}));
  release.set_value();
  came_back.get_future().wait();
}

TEST_CASE("what hangs every time does not take threads without end") {
  TestPool pool{{.name = "readers", .workers = 1, .queue_max = 100, .job_ms_max = 10}};
  std::promise<void> release;
  auto held = release.get_future().share();
  for (int i = 0; i < 40; ++i)
    pool.start({[held] {
      held.wait();
      return caf::message{};
    }});
  while (pool.log().find("before these come back") == std::string::npos) std::this_thread::yield();
  CHECK(pool.given_up == 17);  // the worker and its 16 replacements
  release.set_value();
  CHECK(pool.stop(patience));
}

TEST_CASE("past the queue's limit a job is refused, and its turn may come later") {
  TestPool pool{{.workers = 1, .queue_max = 1}};
  std::promise<void> release;
  auto held = release.get_future().share();
  const auto wait = [held] {
    held.wait();
    return caf::message{};
  };
  pool.start({wait});
  while (pool.queued != 1) std::this_thread::yield();
  pool.start({wait});
  while (pool.queued != 2) std::this_thread::yield();
  CHECK(pool.run([] { return 1; }).find("the queue is full") != std::string::npos);
  release.set_value();
  while (pool.queued != 0) std::this_thread::yield();
  CHECK(pool.run([] { return 1; }) == "1");
  CHECK(pool.stop(patience));
}

TEST_CASE("what throws in the line in front of a pool costs that job alone") {
  std::atomic<std::int64_t> queued{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<bool> ended{false};
  std::mutex mutex;
  std::string log;
  ActorThreads threads{1};
  const auto pool = spawn_worker_pool(threads.system(), {.name = "passwords", .workers = 1}, {});
  const auto line =
      spawn_fair_line(threads.system(), pool, {.name = "the line", .limits = {1, 1, 0}},
                      {&queued, &failed, &ended}, [&](const std::string& text) {
                        const std::lock_guard lock{mutex};
                        log += text + "\n";
                      });
  std::promise<void> is_running, may_end;
  caf::anon_send(line, Job{[&] {
                   is_running.set_value();
                   may_end.get_future().wait();
                   return caf::message{};
                 }});
  is_running.get_future().wait();
  caf::anon_send(line, Job{[] { return caf::message{}; }});  // waits: the line is full
  Job unlucky{[] { return caf::message{}; }};
  unlucky.refused = [](DurationMs) { throw std::runtime_error("nobody listens"); };
  caf::anon_send(line, std::move(unlucky));
  may_end.set_value();
  caf::scoped_actor self{threads.system()};
  // Behind both of them, when there is room again.
  std::promise<void> done;
  auto was_done = done.get_future();
  const auto until = std::chrono::steady_clock::now() + patience;
  while ((queued > 0 || failed == 0) && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  caf::anon_send(line, Job{[&] {
                   done.set_value();
                   return caf::message{};
                 }});
  CHECK(was_done.wait_for(patience) == std::future_status::ready);
  CHECK(failed == 1);
  CHECK_FALSE(ended);
  for (const auto& each : {line, pool})
    self->request(each, caf::infinite, Stop{}).receive([](Stopped) {}, [](const caf::error&) {});
  const std::lock_guard lock{mutex};
  CHECK(log.find("the line: a job in line failed: nobody listens") != std::string::npos);
}
