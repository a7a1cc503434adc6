#include "actors/market/domain/rejection.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace usher;

TEST_CASE("every rejection has a name of its own") {
  const auto last = static_cast<int>(Rejection::key_reused);
  std::set<std::string_view> names;
  for (int i = 0; i <= last; ++i) names.insert(name_of(static_cast<Rejection>(i)));
  CHECK(names.size() == static_cast<std::size_t>(last) + 1);
  CHECK(names.count("unknown") == 0);
  CHECK(name_of(Rejection::not_found) == "not_found");
  CHECK(name_of(Rejection::key_reused) == "key_reused");
}
