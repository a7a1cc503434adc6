// docs/contract.md, section 4: the events, who sees them, and the two ways to read them.
#include "http/views/feed_view.hpp"
#include "persistence/journal.hpp"
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const std::pair<std::string, std::string> as_array{"Accept", "application/json"};

std::vector<std::string> subjects(const Answer& answer) {
  std::vector<std::string> out;
  for (const auto& event : answer.json()) out.push_back(event.at("subject"));
  return out;
}
using Subjects = std::vector<std::string>;

// The place that rel="next" leads to.
std::string next_of(const Answer& answer) {
  const auto link = answer.header("Link");
  return link.substr(1, link.find('>') - 1);
}

}  // namespace

TEST_CASE("each event has the fields of the contract, exactly") {
  ApiClient api;
  const auto ticket = api.offer("ada", "Concert", "19.99");
  api.put("/api/tickets/" + ticket, {{"title", "B"}, {"price", 5}}, {api.as("ada")});
  const auto order = api.reserve("bob", ticket);
  const std::string payment = api.pay("bob", order).json().at("id");
  const auto feed = api.get("/api/events?after=0", {as_array, api.as("bob")});
  CHECK(feed.status == 200);
  const auto event = [](const std::string& seq, const std::string& subject,
                        const std::string& data) {
    return R"({"seq":)" + seq + R"(,"subject":")" + subject + R"(","data":)" + data + "}";
  };
  const std::string id = R"({"id":")" + ticket + R"(","version":)";
  CHECK(feed.text ==
        "[" +
            event("2", "ticket:created",
                  id + R"(0,"title":"Concert","price":19.99,"userId":"ada"})") +
            "," + event("4", "ticket:updated", id + R"(1,"title":"B","price":5,"userId":"ada"})") +
            "," +
            event("6", "ticket:updated",
                  id + R"(2,"title":"B","price":5,"userId":"ada","orderId":")" + order + "\"}") +
            "," +
            event("8", "order:created",
                  R"({"id":")" + order + R"(","version":0,"status":"created","userId":"bob",)" +
                      R"("expiresAt":"2024-01-13T02:24:06.123Z","ticket":{"id":")" + ticket +
                      R"(","price":5}})") +
            "," +
            event("12", "payment:created",  // the start of the payment, 10, is nobody's business
                  R"({"id":")" + payment + R"(","orderId":")" + order + R"(","stripeId":"ch_1"})") +
            "," +
            event("14", "ticket:updated",
                  id + R"(3,"title":"B","price":5,"userId":"ada","orderId":")" + order + "\"}") +
            "]");
}

TEST_CASE("an expiry is two events, a cancellation one") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const auto expired = api.reserve("bob", ticket);
  api.market.clock += 15 * 60'000;
  api.market.expire_due_orders();
  const auto feed = api.get("/api/events?after=6", {as_array, api.as("bob")});
  CHECK(subjects(feed) == Subjects{"expiration:complete", "order:cancelled", "ticket:updated"});
  const auto events = feed.json();
  CHECK(events[0].at("data") == Json{{"orderId", expired}});
  CHECK(events[1].at("data") ==
        Json{{"id", expired}, {"version", 1}, {"ticket", {{"id", ticket}}}});
  CHECK(events[1].at("seq") == events[0].at("seq").get<int>() + 1);
  CHECK_FALSE(events[2].at("data").contains("orderId"));

  const auto cancelled = api.reserve("bob", ticket);
  api.call("DELETE", "/api/orders/" + cancelled, {api.as("bob")});
  const auto rest = api.get(next_of(feed), {as_array, api.as("bob")});
  CHECK(subjects(rest) ==
        Subjects{"ticket:updated", "order:created", "order:cancelled", "ticket:updated"});
}

// It had the order's own version, 3 here: a listener that takes n only after n-1 waited for ever.
TEST_CASE("who is told of an order's creation and its end can count them, whatever was between") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  CHECK(api.pay("bob", order, "tok_chargeDeclined").status == 402);
  CHECK(api.call("DELETE", "/api/orders/" + order, {api.as("bob")}).status == 204);
  std::vector<int> versions;
  for (const auto& event : api.get("/api/events", {as_array, api.as("bob")}).json())
    if (event.at("data").at("id") == order) versions.push_back(event.at("data").at("version"));
  CHECK(versions == std::vector<int>{0, 1});
}

TEST_CASE("ticket events are public, orders and payments are their buyer's and the operator's") {
  ApiClient api;
  api.post("/api/users/signup",
           {{"email", "a@x.co"}, {"password", "secret"}});  // nobody's business
  api.pay("bob", api.reserve("bob", api.offer("ada")));
  const Subjects everything{"ticket:created", "ticket:updated", "order:created", "payment:created",
                            "ticket:updated"};
  const Subjects open{"ticket:created", "ticket:updated", "ticket:updated"};
  const auto seen_by = [&](HeaderList headers) {
    headers.push_back(as_array);
    return subjects(api.get("/api/events", std::move(headers)));
  };
  CHECK(seen_by({}) == open);
  CHECK(seen_by({api.as("ada")}) == open);
  CHECK(seen_by({{"Authorization", "Bearer wrong"}}) == open);
  CHECK(seen_by({api.as("bob")}) == everything);
  CHECK(seen_by({api.as_operator()}) == everything);
}

TEST_CASE("polling by Link misses nothing and repeats nothing, whatever the page") {
  ApiClient api;
  for (int i = 0; i < 3; ++i) {
    api.reserve("bob", api.offer("ada"));
    api.market.clock += 15 * 60'000;
    api.market.expire_due_orders();
  }
  const auto whole = api.get("/api/events?limit=1000", {as_array, api.as("bob")}).json();
  REQUIRE(whole.size() == 18);
  for (const int limit : {1, 2, 3, 5, 7}) {
    CAPTURE(limit);
    Json collected = Json::array();
    std::string target = "/api/events?limit=" + std::to_string(limit);
    for (int pages = 0; pages < 40; ++pages) {
      const auto page = api.get(target, {as_array, api.as("bob")});
      const auto events = page.json();
      if (events.empty()) break;
      for (const auto& event : events) collected.push_back(event);
      target = next_of(page);
    }
    CHECK(collected == whole);
  }
  // From the seq of any event on, also between the two of an expiry.
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto after = std::to_string(whole[i].at("seq").get<std::uint64_t>());
    const auto rest = api.get("/api/events?after=" + after, {as_array, api.as("bob")}).json();
    CHECK(rest.size() == whole.size() - i - 1);
  }
}

TEST_CASE("a poll that meets only what it may not show still moves on") {
  auto options = course_options();
  options.feed.records_per_read = 2;
  options.feed.records_scanned_max = 4;
  ApiClient api{options};
  const auto order = api.reserve("bob", api.offer("ada"));                        // 3 records
  for (int i = 0; i < 4; ++i) api.pay("bob", order, FakeMarket::declined_token);  // 8 of bob's
  api.offer("ada", "Behind");
  std::string target = "/api/events?after=4";
  Subjects seen;
  for (int polls = 0; polls < 10 && seen.empty(); ++polls) {
    const auto answer = api.get(target, {as_array});
    seen = subjects(answer);
    target = next_of(answer);
  }
  CHECK(seen == Subjects{"ticket:created"});
}

TEST_CASE("a poll's parameters are checked") {
  ApiClient api;
  for (const std::string query :
       {"after=x", "after=-1", "after=9007199254740993", "limit=0", "limit=1001", "limit="}) {
    CAPTURE(query);
    CHECK(api.get("/api/events?" + query, {as_array}).status == 400);
  }
  const auto both = api.get("/api/events?after=0&since=1&until=2", {as_array});
  CHECK(both.status == 400);
  CHECK(both.errors() ==
        Errors{"There is no parameter since (since)", "There is no parameter until (until)"});
  CHECK(api.get("/api/events?since=1").status == 400);  // nor of the stream
}

TEST_CASE("without Accept: application/json it is a stream, filtered by the asker") {
  ApiClient api;
  const auto stream_for = [&](const std::string& target, HeaderList headers) {
    const auto answer = api.get(target, std::move(headers));
    CHECK(answer.status == 200);
    REQUIRE(answer.stream.has_value());
    return *answer.stream;
  };
  auto stream = stream_for("/api/events", {{"Accept", "text/event-stream"}});
  CHECK_FALSE(stream.filter.all);
  CHECK_FALSE(stream.filter.user);
  CHECK_FALSE(stream.after);
  stream = stream_for("/api/events", {api.as("bob"), {"Accept", "*/*"}});
  CHECK(stream.filter.user == "bob");
  stream = stream_for("/api/events", {api.as_operator()});
  CHECK(stream.filter.all);
  stream = stream_for("/api/events", {{"Accept", "application/json, text/event-stream;q=0.5"}});
  CHECK_FALSE(stream.after);
}

TEST_CASE("a stream is replayed from Last-Event-ID, else from ?after=") {
  ApiClient api;
  const auto after = [&](const std::string& target, HeaderList headers) {
    return api.get(target, std::move(headers)).stream.value().after;
  };
  using http::FeedCursor;
  CHECK(after("/api/events?after=0", {}) == FeedCursor{0});
  CHECK(after("/api/events?after=7", {}) == FeedCursor{7});
  CHECK(after("/api/events?after=7-000000ff", {}) == FeedCursor{7, 255});
  CHECK(after("/api/events?after=7", {{"Last-Event-ID", "9-000000ff"}}) == FeedCursor{9, 255});
  CHECK(after("/api/events", {{"Last-Event-ID", ""}}) == std::nullopt);
  CHECK(api.get("/api/events?after=x").status == 400);
  // What nobody can read is neither an error, which would keep a browser out for ever, nor silence.
  CHECK(api.get("/api/events", {{"Last-Event-ID", "nonsense"}}).stream.value().is_lost);
  CHECK_FALSE(api.get("/api/events", {{"Last-Event-ID", "9"}}).stream.value().is_lost);
}

TEST_CASE("a stream ends with the token that opened it") {
  auto options = course_options();
  options.auth.token_ttl_ms = 60'000;
  ApiClient api{options};
  const auto as_bob = [&](std::int64_t age_s) {
    const http::Session bob{UserId{"bob"}, "bob@example.com", std::nullopt};
    const auto token = http::issue_token(options.auth, bob, api.market.clock - age_s * 1000);
    return std::pair<std::string, std::string>{"Authorization", "Bearer " + token};
  };
  const auto since_second = api.market.clock % 1000;  // tokens count in seconds
  CHECK(api.get("/api/events", {as_bob(0)}).stream.value().ends_in_ms == 60'000 - since_second);
  CHECK(api.get("/api/events", {as_bob(20)}).stream.value().ends_in_ms == 40'000 - since_second);
  CHECK_FALSE(api.get("/api/events", {as_bob(61)}).stream.value().filter.user);
  CHECK_FALSE(api.get("/api/events").stream.value().ends_in_ms);
  CHECK_FALSE(api.get("/api/events", {api.as_operator()}).stream.value().ends_in_ms);
}

TEST_CASE("a poll with a cursor of another history is gone; of this one it goes on") {
  ApiClient api;
  api.offer("ada", "First");
  const auto first = api.get("/api/events?after=0", {as_array});
  const auto next = next_of(first);  // a cursor with its mark
  api.offer("ada", "Second");
  const auto second = api.get(next, {as_array});
  CHECK(second.json().size() == 1);
  CHECK(api.get(next_of(second), {as_array}).text == "[]");

  ApiClient restored;  // an older backup, which then went on differently
  restored.market.clock += 1;
  CHECK(restored.get(next, {as_array}).status == 410);  // ahead of the end
  CHECK(restored.get("/api/events?after=9007199254740992", {as_array}).status == 410);
  restored.offer("ada", "First");
  restored.offer("ada", "Another");
  CHECK(restored.get(next, {as_array}).status == 410);  // something else stands there
  CHECK(restored.get("/api/events?after=2", {as_array}).json().size() == 1);  // a plain number
}

TEST_CASE("records of a form that this build does not know show as nothing") {
  FeedRecord record;
  record.seq = 1;
  record.record.stream = stream_of(TicketId{});
  record.record.type = static_cast<std::uint16_t>(RecordType::ticket_created);
  record.record.schema = 999;
  CHECK(http::public_events(feed_entry(record), usd).empty());
  record.record.schema = 1;
  record.record.payload = "cut";
  CHECK(http::public_events(feed_entry(record), usd).empty());
  record.record.stream = "?";
  CHECK(http::public_events(feed_entry(record), usd).empty());
}
