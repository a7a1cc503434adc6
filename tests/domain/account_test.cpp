// One account per e-mail (actors/market/domain/account.hpp).
#include "actors/market/domain/account.hpp"

#include "tests/domain/examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

namespace {
const Account::SignedUp signed_up{alice, "Alice@example.com", "scrypt$1", 1'000};
}

TEST_CASE("an account begins with a sign-up") {
  given_nothing<Account>()
      .when(Account::SignUp{alice, "Alice@example.com", "scrypt$1"}, 1'000)
      .then({signed_up})
      .then_reminders({});
  CHECK(given<Account>({signed_up}).state() ==
        Account::State{alice, "Alice@example.com", "scrypt$1", 1'000});
}

TEST_CASE("an e-mail that has an account has it for good") {
  const auto taken = given<Account>({signed_up});
  taken.when(Account::SignUp{eve, "alice@example.com", "scrypt$2"}, 2'000)
      .then_rejected(Rejection::email_in_use);
  taken.when(Account::SignUp{alice, "Alice@example.com", "scrypt$1"}, 1'000)
      .then_rejected(Rejection::email_in_use);
}
