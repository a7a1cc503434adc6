#include "actors/market/domain/account.hpp"

namespace usher {
namespace {

Account::Decision handle(const Account::State* account, const Account::SignUp& sign_up,
                         TimeMs now) {
  if (account) return reject(Rejection::email_in_use);
  return Accepted<Account::Event, Account::Effect>{
      {Account::SignedUp{sign_up.user, sign_up.email, sign_up.password_hash, now}}, {}};
}

// A session may be ahead of its account, which has come back from a backup: it ends all the same.
Account::Decision handle(const Account::State* account, const Account::SignOut& sign_out,
                         TimeMs now) {
  if (!account || account->user != sign_out.user) return reject(Rejection::not_found);
  if (sign_out.session_version < account->session_version)
    return Accepted<Account::Event, Account::Effect>{};
  return Accepted<Account::Event, Account::Effect>{
      {Account::SignedOut{account->user, sign_out.session_version + 1, now}}, {}};
}

void apply(Account::State& account, const Account::SignedUp& e) {
  account = {e.user, e.email, e.password_hash, e.at, 0};
}
void apply(Account::State& account, const Account::SignedOut& e) {
  account.session_version = e.session_version;
}

}  // namespace

Account::Decision Account::decide(const State* state, const Command& command, TimeMs now) {
  return std::visit([&](const auto& c) { return handle(state, c, now); }, command);
}

Account::State Account::evolve(const State* state, const Event& event) {
  State next = state ? *state : State{};
  std::visit([&](const auto& e) { apply(next, e); }, event);
  return next;
}

}  // namespace usher
