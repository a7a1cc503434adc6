// docs/contract.md, section 2, tickets, and what section 6 adds to them, by HTTP.
#include <doctest/doctest.h>

#include <cctype>
#include <chrono>
#include <set>
#include <thread>

#include "tests/integration/support/contract_server.hpp"

using namespace usher::integration;

namespace {

const std::string title_rule = "Title is required (title)";
const std::string price_rule = "Price must be greater than 0 (price)";
const std::string update_price_rule = "Price must be provided and must be greater than 0 (price)";

}  // namespace

TEST_CASE("creating a ticket: 201 with exactly the contract's fields") {
  auto seller = contract_client("seller");
  const auto made = seller.post("/api/tickets", {{"title", "Concert"}, {"price", 19.99}, {"x", 1}});
  CHECK(made.status == 201);
  auto json = made.json();
  const std::string id = json.at("id");
  CHECK(id.size() == 24);
  CHECK(json == Json{{"title", "Concert"},
                     {"price", 19.99},
                     {"userId", "seller"},
                     {"version", 0},
                     {"id", id}});
  CHECK(made.header("location") == "/api/tickets/" + id);
  const auto read = contract_client().get("/api/tickets/" + id);
  CHECK(read.status == 200);
  CHECK(read.json() == json);
}

TEST_CASE("titles and prices: what is taken and what is refused") {
  auto seller = contract_client("seller");
  auto create = [&](const Json& title, const Json& price) {
    return seller.post("/api/tickets", {{"title", title}, {"price", price}});
  };
  for (const Json& price :
       {Json("20.00"), Json("1e3"), Json("+5"), Json(".5"), Json("5."), Json(5), Json(0.01)}) {
    CAPTURE(price.dump());
    CHECK(create("t", price).status == 201);
  }
  CHECK(create("t", "20.00").json().at("price") == 20);
  for (const Json& price : {Json(" 5"), Json(true), Json("abc"), Json("0x10"), Json(0), Json(-1),
                            Json("1e309"), Json(1.001), Json(nullptr), Json("")}) {
    CAPTURE(price.dump());
    const auto answer = create("t", price);
    CHECK(answer.status == 400);
    REQUIRE(answer.errors().size() == 1);
    CHECK(answer.errors()[0].ends_with("(price)"));
  }
  CHECK(create("t", 0).errors() == Errors{price_rule});
  CHECK(create(7, 5).json().at("title") == "7");
  CHECK(create("", 5).errors() == Errors{title_rule});
  CHECK(create(Json::array(), 5).errors() == Errors{title_rule});
  CHECK(seller.post("/api/tickets", Json::object()).errors() == Errors{title_rule, price_rule});
}

TEST_CASE("the order of checks when creating: malformed JSON, session, fields") {
  auto nobody = contract_client();
  const HeaderList json{{"Content-Type", "application/json"}};
  const auto malformed = nobody.call("POST", "/api/tickets", json, "{\"title\":");
  CHECK(malformed.status == 400);
  CHECK(malformed.errors().size() == 1);
  const auto signed_out = nobody.post("/api/tickets", Json::object());
  CHECK(signed_out.status == 401);
  CHECK(signed_out.errors() == Errors{"Not authorized"});
  // A body that is not JSON counts as {}.
  auto seller = contract_client("seller");
  const auto plain = seller.call("POST", "/api/tickets", {{"Content-Type", "text/plain"}}, "{\"t");
  CHECK(plain.errors() == Errors{title_rule, price_rule});
}

TEST_CASE("an unknown or malformed id is 404, upper case is accepted") {
  auto seller = contract_client("seller");
  for (const auto& id : {unknown_id, std::string{"nonsense"}, std::string(25, 'a')}) {
    CAPTURE(id);
    const auto answer = seller.get("/api/tickets/" + id);
    CHECK(answer.status == 404);
    CHECK(answer.text == R"({"errors":[{"message":"Not Found"}]})");
    CHECK(seller.put("/api/tickets/" + id, {{"title", "t"}, {"price", 1}}).status == 404);
  }
  const auto id = seller.offer();
  auto upper = id;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  CHECK(seller.get("/api/tickets/" + upper).json().at("id") == id);
}

TEST_CASE("editing: session, fields, 404, reserved, owner, in this order") {
  auto seller = contract_client("seller");
  auto other = contract_client("other");
  auto nobody = contract_client();
  const auto target = "/api/tickets/" + seller.offer();
  const Json good{{"title", "New"}, {"price", 30}};
  CHECK(nobody.put(target, Json::object()).status == 401);
  CHECK(other.put("/api/tickets/" + unknown_id, Json::object()).errors() ==
        Errors{title_rule, update_price_rule});
  CHECK(other.put(target, good).status == 401);
  CHECK(other.put(target, good).errors() == Errors{"Not authorized"});

  const auto edited = seller.put(target, good);
  CHECK(edited.status == 200);
  CHECK(edited.json().at("title") == "New");
  CHECK(edited.json().at("price") == 30);
  CHECK(edited.json().at("version") == 1);
  CHECK(seller.put(target, good).json().at("version") == 2);  // even without a difference

  REQUIRE_FALSE(other.reserve(edited.json().at("id")).empty());
  const auto reserved = other.put(target, good);  // not the owner, but reserved comes first
  CHECK(reserved.status == 400);
  CHECK(reserved.errors() == Errors{"Cannot edit a reserved ticket"});
  CHECK(seller.get(target).json().at("version") == 3);
  CHECK(seller.get(target).json().at("orderId").get<std::string>().size() == 24);
}

TEST_CASE("the list shows what is for sale in order of creation, and reads its own writes") {
  auto seller = contract_client("lister");
  auto buyer = contract_client("list buyer");
  std::vector<std::string> ids;
  for (const char* title : {"first", "second", "third"}) {
    ids.push_back(seller.offer(title));
  }
  const auto order = buyer.reserve(ids[1]);
  auto listed = [&] {
    std::vector<std::string> mine;
    for (const auto& ticket : seller.get("/api/tickets").json())
      if (ticket.at("userId") == "lister") mine.push_back(ticket.at("id"));
    return mine;
  };
  CHECK(listed() == std::vector<std::string>{ids[0], ids[2]});
  CHECK(buyer.del("/api/orders/" + order).status == 204);
  // Whoever reserves now gets it; a list shows it as soon as that is durable.
  CHECK(eventually([&] { return listed() == ids; }));
  CHECK(seller.get("/api/tickets/" + ids[1]).json().at("version") == 2);
  CHECK_FALSE(seller.get("/api/tickets/" + ids[1]).json().contains("orderId"));
}

TEST_CASE("mine: what the signed-in user sells, sold or not") {
  auto seller = contract_client("mine seller");
  const auto first = seller.offer("one"), second = seller.offer("two");
  REQUIRE_FALSE(contract_client("mine buyer").reserve(first).empty());
  const auto mine = seller.get("/api/tickets/mine");
  CHECK(mine.status == 200);
  REQUIRE(mine.json().size() == 2);
  CHECK(contract_client().get("/api/tickets/mine").status == 401);
}

TEST_CASE("pages: the Link header leads through everything once") {
  auto seller = contract_client("pager");
  for (int i = 0; i < 5; ++i) seller.offer("page " + std::to_string(i));
  std::string target = "/api/tickets/mine?limit=2";
  std::vector<std::size_t> sizes;
  std::vector<std::string> ids;
  while (!target.empty() && sizes.size() < 10) {
    const auto page = seller.get(target);
    REQUIRE(page.status == 200);
    sizes.push_back(page.json().size());
    for (const auto& ticket : page.json()) ids.push_back(ticket.at("id"));
    const auto link = page.header("link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    if (!link.empty()) CHECK(link.ends_with(">; rel=\"next\""));
  }
  CHECK(ids.size() == 5);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 5);
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  CHECK(seller.get("/api/tickets?limit=0").status == 400);
  CHECK(seller.get("/api/tickets?sort=colour").status == 400);
}

TEST_CASE("search and order: q and sort") {
  auto seller = contract_client("searcher");
  const auto dear = seller.offer("Zebra night", 90), cheap = seller.offer("zebra day", 10);
  auto ids = [&](const std::string& query) {
    std::vector<std::string> out;
    for (const auto& ticket : seller.get("/api/tickets?" + query).json())
      out.push_back(ticket.at("id"));
    return out;
  };
  CHECK(ids("q=zebra&sort=price") == std::vector<std::string>{cheap, dear});
  CHECK(ids("q=zebra&sort=-price") == std::vector<std::string>{dear, cheap});
  CHECK(ids("q=night") == std::vector<std::string>{dear});
  CHECK(ids("q=no-such-animal").empty());
}

TEST_CASE("history: the events of a ticket by version, naming no buyer") {
  auto seller = contract_client("historian");
  const auto id = seller.offer("Old", 5);
  seller.put("/api/tickets/" + id, {{"title", "New"}, {"price", 6}});
  const auto order = contract_client("secret buyer").reserve(id);
  const auto history = contract_client().get("/api/tickets/" + id + "/history");
  CHECK(history.status == 200);
  CHECK(history.text.find("secret buyer") == std::string::npos);
  const auto json = history.json();
  REQUIRE(json.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(json[i].at("version") == i);
  CHECK(json[0].at("ticket").at("title") == "Old");
  CHECK(json[1].at("ticket").at("title") == "New");
  CHECK(json[2].at("ticket").at("orderId") == order);
  CHECK(contract_client().get("/api/tickets/" + unknown_id + "/history").status == 404);
}

TEST_CASE("If-Match: a stale version is 412 with the current one, and changes nothing") {
  auto seller = contract_client("matcher");
  const auto target = "/api/tickets/" + seller.offer();
  const Json good{{"title", "New"}, {"price", 30}};
  CHECK(seller.put(target, good, {{"If-Match", "\"0\""}}).status == 200);
  const auto stale = seller.put(target, good, {{"If-Match", "\"0\""}});
  CHECK(stale.status == 412);
  CHECK(stale.errors().size() == 1);
  CHECK(stale.json().at("version") == 1);
  CHECK(stale.header("etag") == "\"1\"");
  CHECK(seller.get(target).json().at("version") == 1);
  CHECK(seller.put(target, good, {{"If-Match", "*"}}).status == 200);
}

TEST_CASE("Idempotency-Key: a repeat gets the first answer, another body 422") {
  auto seller = contract_client("repeater");
  const HeaderList key{{"Idempotency-Key", "create-1"}};
  const Json body{{"title", "Once"}, {"price", 5}};
  const auto first = seller.post("/api/tickets", body, key);
  REQUIRE(first.status == 201);
  const auto id = first.json().at("id").get<std::string>();
  CHECK(seller.put("/api/tickets/" + id, {{"title", "Edited"}, {"price", 6}}).status == 200);
  const auto repeat = seller.post("/api/tickets", body, key);
  CHECK(repeat.status == 201);
  CHECK(repeat.text == first.text);
  CHECK(seller.get("/api/tickets/mine").json().size() == 1);
  const auto other = seller.post("/api/tickets", {{"title", "Twice"}, {"price", 5}}, key);
  CHECK(other.status == 422);
  CHECK(other.errors().size() == 1);
  // Keys are each user's own.
  auto stranger = contract_client("other repeater");
  CHECK(stranger.post("/api/tickets", body, key).json().at("id") != id);
}
