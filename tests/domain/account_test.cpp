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

TEST_CASE("a sign-out ends the sessions so far, also one that is ahead of its account") {
  const auto signed_in = given<Account>({signed_up});
  signed_in.when(Account::SignOut{alice, 0}, 2'000).then({Account::SignedOut{alice, 1, 2'000}});
  CHECK(given<Account>({signed_up, Account::SignedOut{alice, 1, 2'000}}).state() ==
        Account::State{alice, "Alice@example.com", "scrypt$1", 1'000, 1});
  signed_in.when(Account::SignOut{alice, 7}, 2'000).then({Account::SignedOut{alice, 8, 2'000}});
}

TEST_CASE("a sign-out with a session that has ended ends none that began since") {
  given<Account>({signed_up, Account::SignedOut{alice, 1, 2'000}})
      .when(Account::SignOut{alice, 0}, 3'000)
      .then({});
}

TEST_CASE("nobody signs out somebody else, or where there is no account") {
  given_nothing<Account>()
      .when(Account::SignOut{alice, 0}, 1'000)
      .then_rejected(Rejection::not_found);
  given<Account>({signed_up})
      .when(Account::SignOut{eve, 0}, 2'000)
      .then_rejected(Rejection::not_found);
}
