#include "http/routes/sessions.hpp"

#include <utility>

#include "http/front/errors.hpp"
#include "http/requests/validation.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

// Under which its account may stand: today's name, then the former one.
std::vector<Email> accounts_of(const Session& session) {
  if (!session.email || session.email->empty()) return {};
  std::vector<Email> names{account_name(*session.email)};
  if (auto former = former_account_name(*session.email); former != names.front())
    names.push_back(std::move(former));
  return names;
}

// 0 for an id that has no account.
asio::awaitable<Answered<std::uint64_t>> look_up_version(Context& context, const Session& session) {
  for (const auto& name : accounts_of(session)) {
    auto looking = get<Account>(context.market, name, context.deadline());
    const auto account = co_await std::move(looking);
    if (account && account->state->user == session.user) co_return account->state->session_version;
    if (!account && !is(account.error(), Rejection::not_found))
      co_return tl::unexpected{account.error()};
  }
  co_return std::uint64_t{0};
}

}  // namespace

asio::awaitable<Answered<std::optional<Session>>> current_session(Context& context,
                                                                  const Request& request) {
  auto session = context.claimed_session(request);
  SessionVersions& versions = *context.session_versions;
  if (!session || !versions.is_on()) co_return session;
  const TimeMs began = context.steady_now();
  auto version = versions.find(session->user, began);
  if (!version) {
    auto looking = look_up_version(context, *session);
    const auto looked_up = co_await std::move(looking);
    if (!looked_up) co_return tl::unexpected{looked_up.error()};
    versions.learn(session->user, *looked_up, began);
    version = *looked_up;
  }
  if (session->version < *version) co_return std::optional<Session>{};
  co_return session;
}

asio::awaitable<tl::expected<Session, Response>> signed_in(Context& context,
                                                           const Request& request) {
  auto asking = current_session(context, request);
  auto session = co_await std::move(asking);
  if (!session) co_return tl::unexpected{problem(session.error())};
  if (!*session) co_return tl::unexpected{not_authorized()};
  co_return **std::move(session);
}

asio::awaitable<Answered<std::monostate>> end_sessions(Context& context, Session session) {
  if (!context.session_versions->is_on()) co_return std::monostate{};
  for (const auto& name : accounts_of(session)) {
    Account::Command command = Account::SignOut{session.user, session.version};
    const TimeMs began = context.steady_now();
    auto asking = ask<Account>(context.market, name, std::move(command), context.ask_options());
    const auto account = co_await std::move(asking);
    if (account) {
      context.session_versions->learn(session.user, account->state->session_version, began);
      co_return std::monostate{};
    }
    if (!is(account.error(), Rejection::not_found)) co_return tl::unexpected{account.error()};
  }
  co_return std::monostate{};
}

std::function<bool()> end_of_session(const Context& context, const Session& session) {
  if (!context.session_versions->is_on()) return {};
  return [versions = context.session_versions, user = session.user, version = session.version] {
    return versions->has_ended(user, version);
  };
}

void hear_of_sign_out(Context& context, const Account::SignedOut& sign_out) {
  if (context.session_versions->is_on())
    context.session_versions->learn(sign_out.user, sign_out.session_version, context.steady_now());
}

}  // namespace usher::http
