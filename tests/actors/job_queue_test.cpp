// Whose turn it is among those that wait for a worker. A crowd of one address that asked for lists
// filled the only queue there was: recoveries were refused, and locks outlived their deadline.
#include "actors/runtime/job_queue.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace usher;

namespace {

using Queue = JobQueue<std::string>;

std::vector<std::string> drain(Queue& queue, std::size_t reads_running = 0) {
  std::vector<std::string> order;
  while (auto next = queue.next(reads_running)) order.push_back(next->job);
  return order;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an earlier lane never waits behind a later one, whenever it came") {
  Queue queue{{.workers = 1, .queue_max = 10}};
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(queue.push(Lane::reads, "crowd", "list"));
  REQUIRE_FALSE(queue.push(Lane::recovery, "", "recovery"));
  REQUIRE_FALSE(queue.push(Lane::duty, "", "reminders"));
  CHECK(drain(queue) == Names{"reminders", "recovery", "list", "list", "list", "list", "list"});
}

TEST_CASE("reads never take the last worker: the other lanes find one that is free") {
  Queue queue{{.workers = 2, .queue_max = 10}};
  for (int i = 0; i < 3; ++i) REQUIRE_FALSE(queue.push(Lane::reads, "crowd", "list"));
  CHECK(queue.next(1).has_value());
  CHECK_FALSE(queue.next(2).has_value());
  REQUIRE_FALSE(queue.push(Lane::duty, "", "reminders"));
  const auto next = queue.next(2);
  REQUIRE(next.has_value());
  CHECK(next->job == "reminders");
  CHECK(next->lane == Lane::duty);
}

TEST_CASE("a full lane of reads refuses nothing of the others") {
  Queue queue{{.workers = 1, .queue_max = 3, .duty_max = 5}};
  for (int i = 0; i < 3; ++i) REQUIRE_FALSE(queue.push(Lane::reads, "crowd", "list"));
  CHECK(queue.push(Lane::reads, "crowd", "one more") == "one more");
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(queue.push(Lane::duty, "", "reminders"));
    CHECK_FALSE(queue.push(Lane::recovery, "", "recovery"));
  }
  CHECK(queue.push(Lane::duty, "", "past the limit") == "past the limit");
  CHECK(queue.size() == 13);
}

TEST_CASE("clients take turns, whoever asks more") {
  Queue queue{{.workers = 1, .queue_max = 100}};
  for (int i = 0; i < 4; ++i) REQUIRE_FALSE(queue.push(Lane::reads, "a", "a" + std::to_string(i)));
  REQUIRE_FALSE(queue.push(Lane::reads, "b", "b0"));
  REQUIRE_FALSE(queue.push(Lane::reads, "c", "c0"));
  REQUIRE_FALSE(queue.push(Lane::reads, "c", "c1"));
  CHECK(drain(queue) == Names{"a0", "b0", "c0", "a1", "c1", "a2", "a3"});
  REQUIRE_FALSE(queue.push(Lane::reads, "a", "again"));
  CHECK(drain(queue) == Names{"again"});
}

TEST_CASE("in a full queue the longest line gives way to a shorter one") {
  Queue queue{{.workers = 1, .queue_max = 4}};
  for (int i = 0; i < 4; ++i) REQUIRE_FALSE(queue.push(Lane::reads, "a", "a" + std::to_string(i)));
  CHECK(queue.push(Lane::reads, "a", "a4") == "a4");
  CHECK(queue.push(Lane::reads, "b", "b0") == "a3");
  CHECK(queue.push(Lane::reads, "b", "b1") == "a2");
  CHECK(queue.push(Lane::reads, "b", "b2") == "b2");  // both have two: nobody is owed more
  CHECK(queue.push(Lane::reads, "c", "c0") == "a1");
  CHECK(queue.size() == 4);
  CHECK(drain(queue) == Names{"a0", "b0", "c0", "b1"});
}

TEST_CASE("a job that would wait too long is refused at once, and one that would not, waits") {
  Queue queue{{.workers = 2, .queue_max = 1'000, .wait_ms_max = 1'000}};
  for (int i = 0; i < 5; ++i)
    REQUIRE_FALSE(queue.push(Lane::reads, "", "before anything is known"));
  queue.note_ms(100);
  CHECK(queue.expected_wait_ms() == 250);
  int taken = 0;
  while (!queue.push(Lane::reads, "", "hash")) ++taken;
  CHECK(taken == 16);  // 21 of them make 1,050 ms for two workers
  CHECK(queue.expected_wait_ms() == 1'050);
  CHECK_FALSE(queue.push(Lane::duty, "", "reminders"));
  CHECK(drain(queue).size() == 22);
  CHECK(queue.expected_wait_ms() == 0);
  CHECK_FALSE(queue.push(Lane::reads, "", "hash"));
}

TEST_CASE("what waits at the end is refused, each once") {
  Queue queue{{.workers = 1, .queue_max = 10}};
  REQUIRE_FALSE(queue.push(Lane::duty, "", "1"));
  REQUIRE_FALSE(queue.push(Lane::recovery, "", "2"));
  REQUIRE_FALSE(queue.push(Lane::reads, "a", "3"));
  REQUIRE_FALSE(queue.push(Lane::reads, "b", "4"));
  Names refused;
  queue.clear([&](const std::string& job) { refused.push_back(job); });
  CHECK(refused == Names{"1", "2", "3", "4"});
  CHECK(queue.size() == 0);
  CHECK(drain(queue).empty());
}
