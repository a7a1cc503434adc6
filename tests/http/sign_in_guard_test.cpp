// 600 guesses a minute were let through for one address, and any number for one account.
#include "http/requests/sign_in_guard.hpp"

#include <doctest/doctest.h>

#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::http;
using namespace usher::test;

namespace {

constexpr SignInPauses pauses{.failures_free = 3, .address_failures_free = 6};
const std::string here = "192.0.2.1", there = "198.51.100.2";

// Fails as often as it is let; gives the number of times.
int guess(SignInGuard& guard, const std::string& account, const std::string& client, TimeMs now,
          int times) {
  int let = 0;
  for (int i = 0; i < times; ++i) let += !guard.refuse(account, client, now);
  return let;
}

}  // namespace

TEST_CASE("an account that is guessed at is paused, from wherever, longer each time") {
  SignInGuard guard{pauses};
  CHECK(guess(guard, "ada", "10.0.0.1", 0, 2) == 2);
  CHECK(guess(guard, "ada", "10.0.0.2", 0, 5) == 1);  // the third one was the last without a pause
  CHECK(guard.refuse("ada", "10.0.0.3", 0) == 1);
  CHECK(guess(guard, "bob", "10.0.0.3", 0, 1) == 1);
  TimeMs now = 0;
  for (const TimeMs pause : {1'000, 2'000, 4'000, 8'000}) {
    CAPTURE(pause);
    CHECK(guard.refuse("ada", "10.0.0.4", now + pause - 1) == 1);
    CHECK(guess(guard, "ada", "10.0.0.4", now + pause, 1) == 1);
    now += pause;
  }
}

TEST_CASE("an address that guesses at many accounts is paused") {
  SignInGuard guard{pauses};
  int let = 0;
  for (int i = 0; i < 20; ++i) let += guess(guard, "victim" + std::to_string(i), here, 0, 1);
  CHECK(let == 6);
  CHECK(guess(guard, "victim", there, 0, 1) == 1);
  // An IPv6 client has a whole /64.
  let = 0;
  for (int i = 0; i < 20; ++i)
    let += guess(guard, "other" + std::to_string(i), "2001:db8::" + std::to_string(i), 0, 1);
  CHECK(let == 6);
}

TEST_CASE("a pause has a longest length, and failures are forgotten after a time") {
  SignInGuard guard{pauses};
  TimeMs now = 0;
  for (int i = 0; i < 30; ++i) {
    while (guard.refuse("ada", "10.1.0." + std::to_string(i), now)) now += 1'000;
  }
  const TimeMs last = now;
  while (guard.refuse("ada", "10.2.0.1", now)) now += 1'000;
  CHECK(now - last == pauses.pause_ms_max);
  now += pauses.forgotten_after_ms + 1;
  CHECK(guess(guard, "ada", "10.3.0.1", now, 10) == 3);
}

TEST_CASE("where somebody has signed in before he is never paused, whoever guesses elsewhere") {
  SignInGuard guard{pauses};
  REQUIRE_FALSE(guard.refuse("ada", here, 0));
  guard.succeeded("ada", here);
  CHECK(guess(guard, "ada", there, 0, 10) == 3);
  CHECK(guess(guard, "ada", here, 0, 10) == 10);
  guard.succeeded("ada", here);
  CHECK(guard.refuse("ada", there, 0) == 1);  // that helps nobody else
  CHECK(guess(guard, "bob", here, 0, 10) == 3);
}

TEST_CASE("what was right, or could not be checked, is no failure") {
  SignInGuard guard{pauses};
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(guard.refuse("ada", here, 0));
    guard.undecided("ada", here);
  }
  for (int i = 0; i < 20; ++i) {
    const auto from = "10.0.1." + std::to_string(i);
    CHECK_FALSE(guard.refuse("ada", from, 0));
    guard.succeeded("ada", from);
  }
}

TEST_CASE("no pauses, nothing is remembered; and never more than may be") {
  SignInGuard off{SignInPauses{}};
  CHECK(guess(off, "ada", here, 0, 100) == 100);
  off.succeeded("ada", here);
  CHECK(off.remembered() == 0);
  SignInPauses few = pauses;
  few.remembered_max = 10;
  SignInGuard guard{few};
  for (int i = 0; i < 100; ++i) {
    const auto account = std::to_string(i);
    CHECK_FALSE(guard.refuse(account, "10.9.9." + account, 0));
    guard.succeeded(account, "10.9.9." + account);
  }
  CHECK(guard.remembered() <= 20);
}

TEST_CASE("POST /signin: the pause is a 429 with Retry-After, also for the right password") {
  auto options = course_options();
  options.sign_in_pauses = pauses;
  ApiClient api{options};
  const Json ada{{"email", "ada@example.com"}, {"password", "secret"}};
  REQUIRE(api.post("/api/users/signup", ada).status == 201);
  const auto sign_in = [&](const std::string& password, const std::string& from) {
    api.client_address = from;
    return api.post("/api/users/signin", {{"email", "Ada@Example.com"}, {"password", password}});
  };
  REQUIRE(sign_in("secret", here).status == 200);
  for (int i = 0; i < 3; ++i) CHECK(sign_in("wrong", there).status == 400);
  const auto paused = sign_in("secret", there);
  CHECK(paused.status == 429);
  CHECK(paused.header("Retry-After") == "1");
  CHECK(sign_in("secret", here).status == 200);
}
