// Accounts and sessions: /api/users.
#include <utility>
#include <vector>

#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/error_codes.hpp"
#include "http/requests/validation.hpp"
#include "http/routes/context.hpp"
#include "http/routes/sessions.hpp"
#include "http/views/page_view.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

asio::awaitable<Answered<std::string>> hash_password(Market& market, std::string password) {
  auto start = [&market, password = std::move(password)](Callback<std::string> done) mutable {
    market.hash_password(std::move(password), std::move(done));
  };
  return answer_of<std::string>(std::move(start));
}

asio::awaitable<Answered<bool>> verify_password(Market& market, std::string password,
                                                std::string hash) {
  auto start = [&market, password = std::move(password),
                hash = std::move(hash)](Callback<bool> done) mutable {
    market.verify_password(std::move(password), std::move(hash), std::move(done));
  };
  return answer_of<bool>(std::move(start));
}

Response begin_session(const Context& context, int status, const Account::State& account) {
  auto body = json_of([&](JsonWriter& json) {
    json.begin_object().field("email", account.email).field("id", account.user.text).end_object();
  });
  Session session{account.user, account.email, std::nullopt};
  session.version = account.session_version;
  const auto token = issue_token(context.options.auth, session, context.market.now());
  auto response = json_response(status, std::move(body));
  response.header("Set-Cookie", session_cookie(context.options.auth, token));
  return response;
}

// Today's name first, then the one that an older account may have.
std::vector<Email> names_of(const Credentials& credentials) {
  std::vector<Email> names{credentials.account};
  if (credentials.former_account != credentials.account)
    names.push_back(credentials.former_account);
  return names;
}

std::vector<std::string> passwords_of(const Credentials& credentials) {
  std::vector<std::string> passwords{credentials.password};
  if (credentials.former_password != credentials.password)
    passwords.push_back(credentials.former_password);
  return passwords;
}

// POST /api/users/signup {email, password}  ->  201 | 400 | 429 | 503
asio::awaitable<Response> sign_up(Context& context, const Request& request) {
  Market& market = context.market;
  if (const auto wait_s = context.sign_ups.refuse(request.client, market.now()))
    co_return too_many_requests(*wait_s);
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  const auto credentials = validate_sign_up(*body, context.options.validation);
  if (!credentials) co_return problem(credentials.error());

  // A taken address is refused before it costs a hash. The aggregate decides when two are as fast;
  // nobody makes an account under a former name any more.
  for (const auto& name : names_of(*credentials)) {
    auto looking = get<Account>(market, name, context.deadline());
    const auto known = co_await std::move(looking);
    if (known) co_return problem(Refusal{Rejection::email_in_use, 0, {}});
    if (!is(known.error(), Rejection::not_found)) co_return problem(known.error());
  }

  auto hashing = hash_password(market, credentials->password);
  const auto hash = co_await std::move(hashing);
  if (!hash) co_return problem(hash.error());

  // Accounts have ids of the same form as everything else, in the slot of their stream.
  const auto id = market.new_order_id(slot_of_text(credentials->account.text));
  Account::Command command = Account::SignUp{UserId{id.hex()}, credentials->email, *hash};
  auto asking =
      ask<Account>(market, credentials->account, std::move(command), context.ask_options());
  const auto account = co_await std::move(asking);
  if (!account) co_return problem(account.error());
  co_return begin_session(context, 201, *account->state);
}

// POST /api/users/signin {email, password}  ->  200 | 400 | 429 | 503
asio::awaitable<Response> sign_in(Context& context, const Request& request) {
  Market& market = context.market;
  if (const auto wait_s = context.sign_ins.refuse(request.client, market.now()))
    co_return too_many_requests(*wait_s);
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  const auto credentials = validate_sign_in(*body);
  if (!credentials) co_return problem(credentials.error());

  // How many hashes are made follows from what was typed, whatever accounts there are: the time
  // tells nobody which addresses are known. Against an empty hash it takes as long.
  const auto names = names_of(*credentials);
  SignInGuard& guard = context.sign_in_guard;
  const std::string& address = names.front().text;
  if (const auto wait_s = guard.refuse(address, request.client, context.steady_now()))
    co_return too_many_requests(*wait_s);
  for (const auto& name : names) {
    auto looking = get<Account>(market, name, context.deadline());
    const auto account = co_await std::move(looking);
    if (!account && !is(account.error(), Rejection::not_found)) {
      guard.undecided(address, request.client);
      co_return problem(account.error());
    }
    for (const auto& password : passwords_of(*credentials)) {
      std::string hash = account ? account->state->password_hash : std::string{};
      auto verifying = verify_password(market, password, std::move(hash));
      const auto verified = co_await std::move(verifying);
      if (!verified) {
        guard.undecided(address, request.client);
        co_return problem(verified.error());
      }
      if (!*verified || !account) continue;
      guard.succeeded(address, request.client);
      co_return begin_session(context, 200, *account->state);
    }
  }
  co_return error_response(400, code::invalid_credentials, "Invalid credentials");
}

// POST /api/users/signout  ->  200 | 503
// Ends all sessions of the account. When that could not be recorded the cookie stays, too: a client
// that lost it could not try again.
asio::awaitable<Response> sign_out(Context& context, const Request& request) {
  auto asking_who = current_session(context, request);
  auto session = co_await std::move(asking_who);
  if (!session) co_return problem(session.error());
  if (*session) {
    auto ending = end_sessions(context, **std::move(session));
    const auto ended = co_await std::move(ending);
    if (!ended) co_return problem(ended.error());
  }
  auto response = json_response(200, "{}");
  response.header("Set-Cookie", clearing_cookie(context.options.auth));
  co_return response;
}

// GET /api/users/currentuser  ->  200 | 503
asio::awaitable<Response> get_current_user(Context& context, const Request& request) {
  auto asking_who = current_session(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return problem(session.error());
  auto response = json_response(200, "{\"currentUser\":" + current_user_json(*session) + '}');
  response.header("Cache-Control", "private, no-store");
  co_return response;
}

}  // namespace

void add_user_routes(Routes& routes) {
  routes.on("POST", "/api/users/signup", sign_up)
      .on("POST", "/api/users/signin", sign_in)
      .on("POST", "/api/users/signout", sign_out)
      .on("GET", "/api/users/currentuser", get_current_user);
}

}  // namespace usher::http
