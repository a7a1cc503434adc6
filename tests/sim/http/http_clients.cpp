#include "tests/sim/http/http_clients.hpp"

#include <algorithm>
#include <utility>

#include "http/requests/auth.hpp"
#include "tests/sim/describe.hpp"

namespace usher::sim {
namespace {

using nlohmann::json;

constexpr std::size_t callers_count = 6;

// Every status that a client of this kind may get. What is not here is a bug of a route.
const std::set<int>& expected() {
  static const std::set<int> all = {200, 201, 204, 304, 400, 401, 402,
                                    404, 409, 412, 422, 429, 503};
  return all;
}

template <class Id>
Version version_in(const std::map<Id, Version>& shown, const Id& id) {
  const auto found = shown.find(id);
  return found == shown.end() ? 0 : found->second;
}

Version inside(const json& body) { return body.at("version").get<Version>() + 1; }
std::string price_of(const json& ticket) { return ticket.at("price").dump(); }
std::string same_price(Money price) { return json::parse(to_decimal(price, usd)).dump(); }

}  // namespace

HttpClients::HttpClients(Oracle& oracle, Trace& trace, test::Dice& dice, const Clock& clock,
                         int mutation)
    : oracle_(oracle), trace_(trace), dice_(dice), clock_(clock), mutant_(mutation) {
  options_.auth.key = "the simulation's key";
  options_.auth.token_ttl_ms = 0;
  options_.sign_ups = {};
  options_.order_lifetime_ms = dice_.one_in(2) ? 20'000 : 200'000;
  for (std::size_t user = 0; user < users; ++user) {
    const auto token = http::issue_token(
        options_.auth, {UserId{name(user)}, name(user), std::nullopt}, clock.now_ms());
    const auto cookie = http::session_cookie(options_.auth, token);
    sessions_[user] = {{"Authorization", "Bearer " + token},
                       {"Cookie", cookie.substr(0, cookie.find(';'))}};
  }
  callers_.resize(callers_count);
}

void HttpClients::connect(MemoryFront& front) {
  for (auto& caller : callers_) caller.connection = front.connect("10.0.0.1");
}

void HttpClients::cut() {
  for (auto& caller : callers_) {
    caller.connection.reset();
    caller.heard.clear();
    if (!caller.call) continue;
    ++counts_.lost;
    caller.call.reset();
  }
}

std::size_t HttpClients::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(callers_.begin(), callers_.end(), [](const auto& c) { return c.call; }));
}

void HttpClients::check_none_waits(const std::string& when) {
  for (const auto& caller : callers_)
    if (caller.call)
      return report("P8", caller.sent.method + ' ' + caller.sent.target + " has no answer " + when);
}

// ---- what is asked

HttpRequest HttpClients::as(std::size_t user, std::string method, std::string target) {
  HttpRequest request{std::move(method), std::move(target), {}, {}};
  request.headers.emplace_back("X-Request-Id", "r" + std::to_string(counts_.requests));
  request.headers.push_back(dice_.any_of(sessions_[user]));
  return request;
}

std::optional<TicketId> HttpClients::some_ticket() {
  const auto& known = oracle_.all<Ticket>();
  if (known.empty()) return std::nullopt;
  return std::next(known.begin(), static_cast<std::ptrdiff_t>(dice_.below(known.size())))->first;
}

std::optional<OrderId> HttpClients::some_order() {
  std::vector<OrderId> live, all;
  for (const auto& [id, states] : oracle_.all<Order>()) {
    all.push_back(id);
    if (!states.back()->has_ended()) live.push_back(id);
  }
  if (all.empty()) return std::nullopt;
  return dice_.any_of(live.empty() || dice_.one_in(5) ? all : live);
}

std::size_t HttpClients::user_of(const UserId& id) {
  for (std::size_t user = 0; user < users; ++user)
    if (name(user) == id.text && !dice_.one_in(10)) return user;
  return dice_.below(users);
}

void HttpClients::act() {
  auto& caller = callers_[dice_.below(callers_.size())];
  if (caller.call || !caller.connection || !caller.connection->is_open()) return;
  if (!keyed_.empty() && dice_.one_in(8)) {
    ++counts_.repeats;
    Call again = dice_.any_of(keyed_);
    if (!again.title.empty())
      oracle_.intend(again.title, clock_.now_ms() + options_.ask_deadline_ms);
    return send(caller, std::move(again));
  }
  send(caller, draw());
}

HttpClients::Call HttpClients::draw() {
  constexpr std::size_t tickets_max = 5;
  if (oracle_.all<Ticket>().size() < 2 ||
      (oracle_.all<Ticket>().size() < tickets_max && dice_.one_in(8)))
    return create();
  switch (dice_.below(16)) {
    case 0:
    case 1:
    case 2:
      return edit();
    case 3:
    case 4:
    case 5:
      return reserve();
    case 6:
    case 7:
      return pay();
    case 8:
      return cancel();
    case 9:
      return list(dice_.one_in(2) ? Kind::tickets : Kind::my_tickets, dice_.below(users));
    case 10:
      return list(Kind::orders, dice_.below(users));
    case 11:
      return feed(dice_.below(users));
    case 12:
      return dice_.one_in(4) ? sign_up() : read();
    default:
      return read();
  }
}

HttpClients::Call HttpClients::create() {
  Call call{.kind = Kind::create, .user = dice_.below(users)};
  call.title = "T" + std::to_string(++drawn_);
  call.request = as(call.user, "POST", "/api/tickets");
  const Money price{100 + dice_.between(0, 9'900)};
  call.request.body = R"({"title":")" + call.title + R"(","price":)" + to_decimal(price, usd) + '}';
  if (!dice_.one_in(3)) {
    call.key = "k" + std::to_string(drawn_);
    call.request.headers.emplace_back("Idempotency-Key", call.key);
    titles_[call.key] = call.title;
    keyed_.push_back(call);
  }
  oracle_.intend(call.title, clock_.now_ms() + options_.ask_deadline_ms);
  return call;
}

HttpClients::Call HttpClients::edit() {
  const auto id = *some_ticket();
  Call call{.kind = Kind::edit};
  call.ticket = id;
  call.user = user_of(oracle_.newest<Ticket>(id)->listing.owner);
  call.title = "E" + std::to_string(++drawn_);
  call.request = as(call.user, "PUT", "/api/tickets/" + id.hex());
  call.request.body = R"({"title":")" + call.title + R"(","price":)" +
                      to_decimal(Money{100 + dice_.between(0, 9'900)}, usd) + '}';
  call.version_then = oracle_.version<Ticket>(id);
  if (dice_.one_in(2)) {
    call.if_match = call.version_then;
    if (dice_.one_in(3) && *call.if_match > 1) --*call.if_match;
    call.could_hold = call.if_match == call.version_then;
    call.request.headers.emplace_back("If-Match", '"' + std::to_string(*call.if_match - 1) + '"');
  }
  oracle_.intend_edit(call.title, clock_.now_ms() + options_.ask_deadline_ms, call.if_match);
  return call;
}

HttpClients::Call HttpClients::reserve() {
  Call call{.kind = Kind::reserve, .user = dice_.below(users)};
  call.ticket = *some_ticket();
  call.request = as(call.user, "POST", "/api/orders");
  call.request.body = R"({"ticketId":")" + call.ticket->hex() + R"("})";
  if (dice_.one_in(2)) {
    call.key = "k" + std::to_string(++drawn_);
    call.request.headers.emplace_back("Idempotency-Key", call.key);
    keyed_.push_back(call);
  }
  return call;
}

HttpClients::Call HttpClients::pay() {
  const auto id = some_order();
  if (!id) return reserve();
  Call call{.kind = Kind::pay};
  call.order = *id;
  call.user = user_of(oracle_.newest<Order>(*id)->buyer);
  call.request = as(call.user, "POST", "/api/payments");
  call.request.body = R"({"token":")" + std::string(dice_.one_in(4) ? "tok_bad" : "tok_visa") +
                      R"(","orderId":")" + id->hex() + R"("})";
  if (dice_.one_in(2)) {
    call.key = "k" + std::to_string(++drawn_);
    call.request.headers.emplace_back("Idempotency-Key", call.key);
    keyed_.push_back(call);
  }
  return call;
}

HttpClients::Call HttpClients::cancel() {
  const auto id = some_order();
  if (!id) return reserve();
  Call call{.kind = Kind::cancel};
  call.order = *id;
  call.user = user_of(oracle_.newest<Order>(*id)->buyer);
  call.request = as(call.user, "DELETE", "/api/orders/" + id->hex());
  return call;
}

HttpClients::Call HttpClients::read() {
  const auto order = some_order();
  if (order && dice_.one_in(2)) {
    Call call{.kind = dice_.one_in(4) ? Kind::order_history : Kind::order};
    call.order = order;
    call.user = user_of(oracle_.newest<Order>(*order)->buyer);
    call.request =
        as(call.user, "GET",
           "/api/orders/" + order->hex() + (call.kind == Kind::order_history ? "/history" : ""));
    return call;
  }
  if (dice_.one_in(6)) {
    Call call{.kind = Kind::who, .user = dice_.below(users)};
    call.request = as(call.user, "GET", "/api/users/currentuser");
    return call;
  }
  Call call{.kind = dice_.one_in(4) ? Kind::ticket_history : Kind::ticket};
  call.ticket = dice_.one_in(15) ? TicketId::mint(clock_.now_ms(), 0, ++drawn_) : some_ticket();
  call.user = dice_.below(users);
  call.request = as(
      call.user, "GET",
      "/api/tickets/" + call.ticket->hex() + (call.kind == Kind::ticket_history ? "/history" : ""));
  return call;
}

HttpClients::Call HttpClients::list(Kind kind, std::size_t user) {
  Call call{.kind = kind, .user = user};
  const std::string path = kind == Kind::tickets      ? "/api/tickets?limit="
                           : kind == Kind::my_tickets ? "/api/tickets/mine?limit="
                                                      : "/api/orders?limit=";
  call.request = as(user, "GET", path + std::to_string(1 + dice_.below(4)));
  // Lists whose rows never go: what was answered must be on one of the pages.
  if (kind == Kind::my_tickets)
    for (const auto& [id, version] : shown_)
      if (oracle_.newest<Ticket>(id)->listing.owner.text == name(user))
        call.rows_then.insert(id.hex());
  if (kind == Kind::orders)
    for (const auto& [id, version] : shown_orders_)
      if (oracle_.newest<Order>(id)->buyer.text == name(user)) call.rows_then.insert(id.hex());
  return call;
}

HttpClients::Call HttpClients::feed(std::size_t user) {
  Call call{.kind = Kind::feed, .user = user};
  call.request = as(user, "GET", "/api/events?limit=1000");
  call.request.headers.emplace_back("Accept", "application/json");
  return call;
}

HttpClients::Call HttpClients::sign_up() {
  Call call{.kind = Kind::sign_up};
  call.title = "e" + std::to_string(dice_.below(4)) + "@usher.test";
  call.request = {"POST", "/api/users/signup", {{"X-Request-Id", "r"}}, {}};
  call.request.body = R"({"email":")" + call.title + R"(","password":"a password"})";
  return call;
}

void HttpClients::send(Caller& caller, Call call) {
  if (call.ticket && call.kind != Kind::reserve) call.at_least = version_in(shown_, *call.ticket);
  if (call.order) call.at_least = version_in(shown_orders_, *call.order);
  if (call.kind == Kind::feed || call.kind == Kind::tickets) call.tickets_then = shown_;
  ++counts_.requests;
  caller.sent = call.request;
  trace_.note("request", {counts_.requests, static_cast<std::uint64_t>(call.kind)}, [&] {
    return "request " + std::to_string(counts_.requests) + " of " + name(call.user) + ": " +
           call.request.method + ' ' + call.request.target + ' ' + call.request.body;
  });
  HttpRequest over_the_wire = call.request;
  mutant_.on_request(over_the_wire, sessions_[(call.user + 1) % users]);
  caller.call = std::move(call);
  const std::string bytes = over_the_wire.bytes();
  trace_.mix(bytes);
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto piece = dice_.one_in(3) ? rest : rest.substr(0, 1 + dice_.below(rest.size()));
    ++counts_.pieces;
    caller.connection->send(piece);
    rest.remove_prefix(piece.size());
  }
}

// ---- what is answered

void HttpClients::hear() {
  for (auto& caller : callers_) {
    if (!caller.connection) continue;
    caller.heard += caller.connection->received();
    while (auto response = take_response(caller.heard)) {
      if (!caller.call) return report("P8", "an answer that nobody has asked for");
      mutant_.on_response(caller.sent, *response);
      judge(caller, *response);
      if (oracle_.findings().any()) return;
    }
  }
}

void HttpClients::judge(Caller& caller, const HttpResponse& response) {
  const Call call = *std::exchange(caller.call, std::nullopt);
  ++counts_.statuses[response.status];
  trace_.note("response", {static_cast<std::uint64_t>(response.status)}, [&] {
    return "    " + std::to_string(response.status) + " to " + call.request.method + ' ' +
           call.request.target + ": " + response.body;
  });
  trace_.mix(response.body);
  const std::string what = call.request.method + ' ' + call.request.target;
  if (!expected().contains(response.status))
    return report(
        "P8", what + " is answered with " + std::to_string(response.status) + ' ' + response.body);
  if (response.header("X-Request-Id") != *call.request.header("X-Request-Id"))
    return report("P8", what + " is answered with another request's id");
  if (response.status < 300) return judge_success(caller, call, response);

  const auto body = json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("errors"))
    return report("P8", what + " is refused without words");
  const bool is_open =
      response.status == 503 && body.at("errors").at(0).value("code", "") == "outcome_unknown";
  // Refused, or not begun: it has not happened, and never will. A repeat may still make it so.
  if (!is_open && (call.kind == Kind::edit || call.kind == Kind::create))
    oracle_.deny(call.title, std::to_string(response.status));
  if (call.kind == Kind::edit) {
    if (response.status == 412 && call.could_hold &&
        oracle_.version<Ticket>(*call.ticket) == call.version_then)
      report("P5", what + " is refused, though it names the newest version");
  }
  if (call.kind == Kind::ticket && response.status == 404 &&
      oracle_.version<Ticket>(*call.ticket) > 0)
    report("reads", what + " is not found, and it is there");
}

void HttpClients::judge_success(Caller& caller, const Call& call, const HttpResponse& response) {
  const std::string what = call.request.method + ' ' + call.request.target;
  switch (call.kind) {
    case Kind::create:
    case Kind::edit:
    case Kind::ticket:
      return judge_ticket(call, response, call.kind == Kind::edit);
    case Kind::reserve:
    case Kind::order:
      return judge_order(call, response);
    case Kind::cancel: {
      const auto* order = oracle_.newest<Order>(*call.order);
      if (response.status != 204 || order->status != Order::Status::cancelled)
        return report("P2", what + " is answered as done, and the order is not cancelled");
      if (order->buyer.text != name(call.user)) report("P5", what + " was not theirs to cancel");
      shown_orders_[*call.order] = oracle_.version<Order>(*call.order);
      return;
    }
    case Kind::pay: {
      const auto* order = oracle_.newest<Order>(*call.order);
      const auto payment = PaymentId::parse(response.json().at("id").get<std::string>());
      const auto* known = payment ? order->find_payment(*payment) : nullptr;
      if (!known || known->status != Order::PaymentStatus::captured ||
          order->status != Order::Status::complete)
        return report("P3", what + " is answered as paid, and " + brief(*call.order) + " is not");
      once(call, payment->hex());
      shown_orders_[*call.order] = oracle_.version<Order>(*call.order);
      return;
    }
    case Kind::tickets:
    case Kind::my_tickets:
    case Kind::orders:
      return judge_rows(caller, call, response);
    case Kind::ticket_history:
    case Kind::order_history:
      return judge_history(call, response);
    case Kind::feed:
      return judge_feed(call, response);
    case Kind::who:
      if (response.json().at("currentUser").at("id") != name(call.user))
        report("P5", "u" + std::to_string(call.user) + " is taken for somebody else");
      return;
    case Kind::sign_up:
      if (oracle_.version<Account>(Email{call.title}) != 1)
        return report("P2", call.title + " is signed up before it is durable");
      if (oracle_.newest<Account>(Email{call.title})->user.text != response.json().at("id"))
        report("P5", call.title + " belongs to somebody else");
      return;
  }
}

void HttpClients::show(const TicketId& id, Version version) {
  auto& shown = shown_[id];
  shown = std::max(shown, version);
}

void HttpClients::once(const Call& call, const std::string& id) {
  if (call.key.empty()) return;
  const auto [known, is_new] = made_.emplace(call.key, id);
  if (!is_new && known->second != id)
    report("P5", call.key + " has made " + known->second + " and " + id);
}

void HttpClients::judge_ticket(const Call& call, const HttpResponse& response, bool is_edit) {
  const auto body = response.json();
  const auto id = TicketId::parse(body.at("id").get<std::string>());
  const auto version = inside(body);
  const std::string what = call.request.method + ' ' + call.request.target;
  const auto* state = oracle_.at<Ticket>(*id, version);
  if (!state)
    return report("P2", what + " is answered with version " + std::to_string(version) +
                            ", which is not durable");
  if (state->listing.title != body.at("title") ||
      same_price(state->listing.price) != price_of(body) ||
      state->listing.owner.text != body.at("userId") ||
      state->hold.has_value() != body.contains("orderId"))
    return report("P6", what + " shows what version " + std::to_string(version) + " is not");
  if (response.header("ETag") != '"' + std::to_string(version - 1) + '"')
    return report("P5", what + ": the ETag is not the version");
  if (version < call.at_least)
    return report("reads", what + " is older than what was shown before");
  if (call.kind == Kind::create) {
    if (response.status != 201 || version != 1)
      return report("P5", what + " is not a first version");
    if (body.at("userId") != name(call.user) || body.at("title") != call.title)
      return report("P5", what + " made somebody else's ticket, or another");
    once(call, id->hex());
  }
  if (is_edit) {
    if (body.at("title") != call.title) return report("P5", what + " has not edited the ticket");
    if (call.if_match && version != *call.if_match + 1)
      return report("P5", what + " is based on another version than it says");
    if (body.at("userId") != name(call.user)) return report("P5", what + " was not theirs to edit");
  }
  show(*id, version);
}

void HttpClients::judge_order(const Call& call, const HttpResponse& response) {
  const auto body = response.json();
  const auto id = OrderId::parse(body.at("id").get<std::string>());
  const auto version = inside(body);
  const std::string what = call.request.method + ' ' + call.request.target;
  const auto* state = oracle_.at<Order>(*id, version);
  if (!state) return report("P2", what + " is answered before it is durable");
  if (state->buyer.text != name(call.user) || body.at("userId") != name(call.user))
    return report("P5", what + " shows somebody else's order");
  if (state->ticket.id.hex() != body.at("ticket").at("id"))
    return report("P6", what + " shows another ticket");
  if (version < call.at_least)
    return report("reads", what + " is older than what was shown before");
  if (call.kind == Kind::reserve) {
    if (state->ticket.id != *call.ticket) return report("P1", what + " reserved another ticket");
    once(call, id->hex());
    // The ticket's own reservation is as durable as the order.
    show(*call.ticket, state->ticket.version + 1);
  }
  auto& shown = shown_orders_[*id];
  shown = std::max(shown, version);
}

void HttpClients::judge_rows(Caller& caller, const Call& call, const HttpResponse& response) {
  Call next = call;
  const std::string what = call.request.method + ' ' + call.request.target;
  for (const auto& row : response.json()) {
    const auto text = row.at("id").get<std::string>();
    if (!next.rows_seen.insert(text).second) return report("reads", what + " shows a row twice");
    // A reader looks at the store in the step in which it answers: lists are never late.
    const bool is_order = call.kind == Kind::orders;
    const auto newest = is_order ? oracle_.version<Order>(*OrderId::parse(text))
                                 : oracle_.version<Ticket>(*TicketId::parse(text));
    if (inside(row) != newest) return report("reads", what + " shows an old row");
    if (call.kind != Kind::tickets && row.at("userId") != name(call.user))
      return report("P5", what + " shows what is somebody else's");
    if (!is_order) show(*TicketId::parse(text), inside(row));
  }
  const auto link = response.header("Link");
  if (!link.empty() && caller.connection->is_open()) {
    next.request.target = link.substr(1, link.find('>') - 1);
    return send(caller, std::move(next));
  }
  for (const auto& row : next.rows_then)
    if (!next.rows_seen.contains(row))
      return report("reads", what + " and the pages before miss " + row);
}

void HttpClients::judge_history(const Call& call, const HttpResponse& response) {
  Version expected_version = 0;
  const std::string what = call.request.method + ' ' + call.request.target;
  for (const auto& entry : response.json())
    if (entry.at("version").get<Version>() != expected_version++)
      return report("reads", what + " has a gap");
  const auto durable =
      call.ticket ? oracle_.version<Ticket>(*call.ticket) : oracle_.version<Order>(*call.order);
  if (expected_version > durable) return report("P2", what + " shows what is not durable");
  if (expected_version < call.at_least) report("reads", what + " misses what was shown before");
}

void HttpClients::judge_feed(const Call& call, const HttpResponse& response) {
  std::uint64_t last = 0;
  std::map<std::string, Version> newest;
  for (const auto& event : response.json()) {
    const auto seq = event.at("seq").get<std::uint64_t>();
    if (seq <= last) return report("reads", "the feed runs backwards");
    last = seq;
    const auto& data = event.at("data");
    const auto subject = event.at("subject").get<std::string>();
    if (subject.starts_with("ticket:")) newest[data.at("id")] = inside(data);
    if (subject == "order:created" && data.at("userId") != name(call.user))
      return report("P5", "the feed shows somebody else's order");
  }
  for (const auto& [id, version] : call.tickets_then)
    if (newest[id.hex()] < version)
      return report("reads", "the feed misses " + brief(id) + " v" + std::to_string(version) +
                                 ", which was shown before");
}

// ---- the end

void HttpClients::read_everything() {
  for (const auto& [id, states] : oracle_.all<Ticket>()) {
    Call call{.kind = Kind::ticket};
    call.ticket = id;
    call.request = as(0, "GET", "/api/tickets/" + id.hex());
    for (auto& caller : callers_)
      if (!caller.call && caller.connection->is_open()) {
        send(caller, std::move(call));
        break;
      }
  }
  for (auto& caller : callers_)
    if (!caller.call && caller.connection->is_open())
      send(caller, list(Kind::my_tickets, dice_.below(users)));
}

void HttpClients::check_keys() {
  std::map<std::string, int> made;
  for (const auto& [id, states] : oracle_.all<Ticket>()) ++made[states.front()->listing.title];
  for (const auto& [key, title] : titles_)
    if (made[title] > 1)
      return report("P5", key + " has made " + std::to_string(made[title]) + " tickets");
}

}  // namespace usher::sim
