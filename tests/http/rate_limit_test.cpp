// Token buckets: how much at once, how fast again, and how many clients are remembered.
#include "http/front/rate_limit.hpp"

#include <doctest/doctest.h>

using namespace usher::http;

TEST_CASE("a client may do its burst at once, then as much as flows in") {
  RateLimiter limiter{{.per_second = 2, .burst = 3}, 10};
  for (int i = 0; i < 3; ++i) CHECK_FALSE(limiter.refuse("a", 1'000));
  CHECK(limiter.refuse("a", 1'000) == 1);
  CHECK(limiter.refuse("a", 1'499) == 1);
  CHECK_FALSE(limiter.refuse("a", 1'500));
  CHECK(limiter.refuse("a", 1'500) == 1);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(limiter.refuse("a", 1'000'000));  // no more than a burst
  CHECK(limiter.refuse("a", 1'000'000) == 1);
}

TEST_CASE("the wait is said in whole seconds") {
  RateLimiter limiter{{.per_second = 0.1, .burst = 1}, 10};
  CHECK_FALSE(limiter.refuse("a", 0));
  CHECK(limiter.refuse("a", 0) == 10);
  CHECK(limiter.refuse("a", 9'500) == 1);
}

TEST_CASE("a limit of 0 is none, and remembers nobody") {
  RateLimiter limiter{{}, 10};
  for (int i = 0; i < 100; ++i) CHECK_FALSE(limiter.refuse("a", 0));
  CHECK(limiter.clients() == 0);
}

TEST_CASE("a clock that is set back takes nothing away") {
  RateLimiter limiter{{.per_second = 1, .burst = 2}, 10};
  CHECK_FALSE(limiter.refuse("a", 10'000));
  CHECK_FALSE(limiter.refuse("a", 5'000));
  CHECK(limiter.refuse("a", 5'000) == 1);
  CHECK_FALSE(limiter.refuse("a", 6'000));
}

TEST_CASE("the table is bounded: who has been away longest is forgotten") {
  RateLimiter limiter{{.per_second = 0.001, .burst = 1}, 2};
  CHECK_FALSE(limiter.refuse("a", 0));
  CHECK_FALSE(limiter.refuse("b", 0));
  CHECK(limiter.refuse("a", 0));        // now b is the older one
  CHECK_FALSE(limiter.refuse("c", 0));  // and is forgotten
  CHECK(limiter.clients() == 2);
  CHECK(limiter.refuse("a", 0));
  CHECK_FALSE(limiter.refuse("b", 0));
}

TEST_CASE("an IPv6 client is its /64, an IPv4 client its address") {
  CHECK(client_key("2001:db8:1:2:3:4:5:6") == client_key("2001:db8:1:2::9"));
  CHECK(client_key("2001:db8:1:2::") != client_key("2001:db8:1:3::"));
  CHECK(client_key("192.0.2.1") != client_key("192.0.2.2"));
  CHECK(client_key("::ffff:192.0.2.1") != client_key("::ffff:192.0.2.2"));
  CHECK(client_key("not an address") == "not an address");
}
