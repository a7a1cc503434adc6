// docs/contract.md, section 4 and the feed of section 6: subjects, audiences, polling, and streams
// with replay.
#include <doctest/doctest.h>

#include <thread>

#include "tests/integration/support/contract_server.hpp"

using namespace usher::integration;

namespace {

const std::pair<std::string, std::string> as_json{"Accept", "application/json"};

// Everything after a cursor that the client may see, page by page.
std::vector<Json> poll(Client& client, std::uint64_t after) {
  std::vector<Json> all;
  for (;;) {
    const auto page =
        client.get("/api/events?limit=100&after=" + std::to_string(after), {as_json}).json();
    if (!page.is_array() || page.empty()) return all;
    for (const auto& event : page) all.push_back(event);
    after = page.back().at("seq");
  }
}

std::uint64_t newest(Client& client) {
  const auto all = poll(client, 0);
  return all.empty() ? 0 : all.back().at("seq").get<std::uint64_t>();
}

std::vector<std::string> subjects(const std::vector<Json>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) out.push_back(event.at("subject"));
  return out;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a purchase, as the feed tells it to the buyer") {
  auto seller = contract_client("feed seller");
  auto buyer = contract_client("feed buyer");
  const auto before = newest(buyer);
  const auto ticket = seller.offer("Opera", 12.5);
  seller.put("/api/tickets/" + ticket, {{"title", "Opera"}, {"price", 13}});
  const auto first = buyer.reserve(ticket);
  CHECK(buyer.del("/api/orders/" + first).status == 204);
  const auto order = buyer.reserve(ticket);
  const auto paid = buyer.pay(order);
  REQUIRE(paid.status == 201);

  const auto events = poll(buyer, before);
  for (std::size_t i = 1; i < events.size(); ++i)
    CHECK(events[i - 1].at("seq").get<std::uint64_t>() < events[i].at("seq").get<std::uint64_t>());
  auto one = [&](const std::string& subject, const std::string& id, int version) -> Json {
    for (const auto& event : events)
      if (event.at("subject") == subject && event.at("data").at("id") == id &&
          event.at("data").value("version", -1) == version)
        return event.at("data");
    return {};
  };
  CHECK(one("ticket:created", ticket, 0) == Json{{"id", ticket},
                                                 {"version", 0},
                                                 {"title", "Opera"},
                                                 {"price", 12.5},
                                                 {"userId", "feed seller"}});
  CHECK(one("ticket:updated", ticket, 1).at("price") == 13);
  CHECK(one("ticket:updated", ticket, 2).at("orderId") == first);
  CHECK_FALSE(one("ticket:updated", ticket, 3).contains("orderId"));
  CHECK(one("ticket:updated", ticket, 4).at("orderId") == order);

  const auto created = one("order:created", order, 0);
  CHECK(created.at("status") == "created");
  CHECK(created.at("userId") == "feed buyer");
  CHECK(created.at("ticket") == Json{{"id", ticket}, {"price", 13}});
  CHECK(created.contains("expiresAt"));
  bool cancelled = false, payment = false;
  for (const auto& event : events) {
    const auto& data = event.at("data");
    if (event.at("subject") == "order:cancelled" && data.at("id") == first)
      cancelled = data.at("ticket") == Json{{"id", ticket}} && data.contains("version");
    if (event.at("subject") == "payment:created" && data.at("orderId") == order)
      payment = data.at("id") == paid.json().at("id") && data.contains("stripeId");
  }
  CHECK(cancelled);
  CHECK(payment);
}

TEST_CASE("orders and payments are shown to their owner and the operator, tickets to everybody") {
  auto seller = contract_client("feed seller");
  auto buyer = contract_client("private buyer");
  auto stranger = contract_client("stranger");
  const auto before = newest(buyer);
  const auto ticket = seller.offer();
  const auto order = buyer.reserve(ticket);
  CHECK(subjects(poll(buyer, before)) ==
        std::vector<std::string>{"ticket:created", "ticket:updated", "order:created"});
  CHECK(subjects(poll(stranger, before)) ==
        std::vector<std::string>{"ticket:created", "ticket:updated"});
  const auto all = contract_client().get("/api/events?limit=100&after=" + std::to_string(before),
                                         {as_json, {"Authorization", "Bearer " + operator_token}});
  CHECK(count(all.text, "order:created") == 1);
}

TEST_CASE("a stream replays what came behind Last-Event-ID and goes on live") {
  auto seller = contract_client("stream seller");
  const auto before = newest(seller);
  const auto missed = seller.offer("missed");
  bool live_sent = false;
  std::string live;
  auto viewer = contract_client();
  const auto text = viewer.stream(
      "/api/events", {{"Last-Event-ID", std::to_string(before)}, {"Accept", "text/event-stream"}},
      std::chrono::seconds(30), [&](const std::string& so_far) {
        if (!live_sent && so_far.find(missed) != std::string::npos) {
          live_sent = true;
          live = seller.offer("live");
        }
        return live.empty() || so_far.find(live) == std::string::npos || !so_far.ends_with("\n\n");
      });
  CHECK(count(text, missed) == 1);
  REQUIRE_FALSE(live.empty());
  CHECK(count(text, live) == 1);
  CHECK(text.find(missed) < text.find(live));
  CHECK(count(text, "event: ticket:created") == 2);
  CHECK(count(text, "id: ") == 2);

  // ?after= does the same, for clients that can't set headers.
  auto second = contract_client();
  const auto again = second.stream(
      "/api/events?after=" + std::to_string(before), {}, std::chrono::seconds(30),
      [&](const std::string& so_far) { return so_far.find(live) == std::string::npos; });
  CHECK(count(again, missed) == 1);
}

TEST_CASE("polling refuses cursors and limits that are none") {
  auto client = contract_client();
  CHECK(client.get("/api/events?after=x", {as_json}).status == 400);
  CHECK(client.get("/api/events?limit=0", {as_json}).status == 400);
}

TEST_CASE(
    "an event's id holds over a restart, and in another directory it is told that it does not") {
  const auto has = [](const std::string& what) {
    return [what](const std::string& so_far) { return so_far.find(what) == std::string::npos; };
  };
  constexpr std::chrono::seconds long_enough{30};
  const TempDir folder;
  std::string id;
  {
    const ServerProcess first{folder / "data"};
    Client ada{first.port(), "ada"};
    ada.offer("First");
    const auto text = ada.stream("/api/events?after=0", {}, long_enough, has("First"));
    const auto at = text.find("id: ") + 4;
    id = text.substr(at, text.find('\n', at) - at);
    CHECK(id.find('-') != std::string::npos);
  }
  const ServerProcess again{folder / "data"};
  Client ada{again.port(), "ada"};
  ada.offer("Second");
  const auto rest = ada.stream("/api/events", {{"Last-Event-ID", id}}, long_enough, has("Second"));
  CHECK(rest.find("Second") != std::string::npos);
  CHECK(rest.find("First") == std::string::npos);
  CHECK(rest.find("reset") == std::string::npos);

  const ServerProcess other{folder / "other"};
  Client eve{other.port(), "eve"};
  const auto lost = eve.stream("/api/events", {{"Last-Event-ID", id}}, long_enough, has("reset"));
  CHECK(lost.find("event: reset\n") != std::string::npos);
  CHECK(eve.get("/api/events?after=" + id, {as_json}).status == 410);
  eve.offer("Of this history");
  CHECK(eve.get("/api/events?after=" + id, {as_json}).status == 410);
}
