#include "actors/market/domain/rejection.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace usher;

TEST_CASE("every rejection has a name of its own") {
  constexpr int last = static_cast<int>(Rejection::email_in_use);
  std::set<std::string_view> names;
  for (int i = 1; i <= last; ++i) names.insert(name_of(static_cast<Rejection>(i)));
  CHECK(names.size() == static_cast<std::size_t>(last));
  CHECK(names.count("unknown") == 0);
  CHECK(name_of(static_cast<Rejection>(last + 1)) == "unknown");
  CHECK(name_of(Rejection::not_found) == "not_found");
  CHECK(name_of(Rejection::key_reused) == "key_reused");
}
