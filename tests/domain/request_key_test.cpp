// One Idempotency-Key, one request (actors/runtime/model/request_key.hpp).
#include "actors/runtime/model/request_key.hpp"

#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

namespace {

constexpr RequestKey::Fingerprint body{1, 2, 3};
constexpr RequestKey::Fingerprint other_body{1, 2, 4};
constexpr RequestKey::AnyId first_id{7};
constexpr RequestKey::AnyId second_id{8};

const auto claimed = given<RequestKey>({RequestKey::Claimed{body, first_id, 1'000}});

}  // namespace

TEST_CASE("the first request claims the key and fixes the id") {
  given_nothing<RequestKey>()
      .when(RequestKey::Claim{body, first_id}, 1'000)
      .then({RequestKey::Claimed{body, first_id, 1'000}})
      .then_reminders({});
  CHECK(claimed.state() == RequestKey::State{body, first_id});
}

TEST_CASE("a repeat of the request keeps the first id, whatever it proposes") {
  claimed.when(RequestKey::Claim{body, first_id}, 2'000).then_nothing();
  claimed.when(RequestKey::Claim{body, second_id}, 2'000).then_nothing();
}

TEST_CASE("another request under the same key is refused") {
  claimed.when(RequestKey::Claim{other_body, first_id}, 2'000)
      .then_rejected(rejections::key_reused);
}
