#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <list>
#include <string>
#include <vector>

#include "http/front/turns.hpp"

using namespace usher::http;

namespace {

struct Queue {
  explicit Queue(std::size_t most) { turns.set_max(most); }
  HandshakeTurns::Waiter& wait(const std::string& client) {
    waiters.push_back({client, asio::steady_timer(context)});
    turns.wait(waiters.back());
    return waiters.back();
  }
  asio::io_context context;
  HandshakeTurns turns;
  std::list<HandshakeTurns::Waiter> waiters;
};

}  // namespace

TEST_CASE("handshakes: as many as may, then the others in their order") {
  Queue queue{2};
  CHECK(queue.turns.try_begin("a"));
  CHECK(queue.turns.try_begin("b"));
  CHECK_FALSE(queue.turns.try_begin("c"));
  auto& first = queue.wait("c");
  auto& second = queue.wait("d");
  queue.turns.end("a");
  CHECK(first.granted);
  CHECK_FALSE(second.granted);
  queue.turns.end("c");
  CHECK(second.granted);
}

TEST_CASE("handshakes: one client has at most half of the places, and keeps nobody waiting") {
  Queue queue{4};
  CHECK(queue.turns.try_begin("slow"));
  CHECK(queue.turns.try_begin("slow"));
  CHECK_FALSE(queue.turns.try_begin("slow"));
  auto& third = queue.wait("slow");
  CHECK(queue.turns.try_begin("b"));
  CHECK(queue.turns.try_begin("c"));
  auto& other = queue.wait("d");
  queue.turns.end("b");
  CHECK_FALSE(third.granted);
  CHECK(other.granted);
  queue.turns.end("slow");
  CHECK(third.granted);
}

TEST_CASE("handshakes: whoever gives up, or is sent away, is granted nothing") {
  Queue queue{1};
  CHECK(queue.turns.try_begin("a"));
  auto& gone = queue.wait("b");
  auto& sent_away = queue.wait("c");
  queue.turns.give_up(gone);
  queue.turns.give_up(gone);
  queue.turns.send_away();
  queue.turns.end("a");
  CHECK_FALSE(gone.granted);
  CHECK_FALSE(sent_away.granted);
  CHECK(queue.turns.try_begin("d"));
}
