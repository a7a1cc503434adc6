// What Stripe's answers mean, one by one (actors/market/workers/stripe_answers.hpp).
// Found in use: 400 amount_too_small held a ticket for ever, because everything that was no 402 was
// taken for unknown; and {"paid":null} ended the worker that read it.
#include "actors/market/workers/stripe_answers.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "actors/market/domain/decline.hpp"
#include "tests/support/dice.hpp"

using namespace usher;

namespace {

const PaymentId payment = *PaymentId::parse("65a1f0c2b3d4e5f60718293a");
const AskedCharge asked{payment, 1'000, "usd", false};
const AskedCharge asked_again{payment, 1'000, "usd", true};

std::string error(const std::string& fields) { return "{\"error\":{" + fields + "}}"; }

// "captured ch_1", "refused CODE", "misconfigured", "unknown", "unknown, key spent",
// "unknown, misconfigured"
template <class Outcome>
std::string word(const Outcome& outcome) {
  struct Words {
    std::string operator()(const Order::Captured& c) const { return "captured " + c.charge; }
    std::string operator()(const Order::Refused& r) const { return "refused " + r.code; }
    std::string operator()(const Misconfigured&) const { return "misconfigured"; }
    std::string operator()(const NothingKnown&) const { return "nothing known"; }
    std::string operator()(const RefundDone& done) const {
      return done.is_pending ? "done, pending" : "done";
    }
    std::string operator()(const RefundRefused&) const { return "refused"; }
    std::string operator()(const Unknown& u) const {
      return std::string{"unknown"} + (u.key_is_spent ? ", key spent" : "") +
             (u.misconfigured ? ", misconfigured" : "");
    }
  };
  return std::visit(Words{}, outcome);
}

std::string charged(int status, const std::string& body, const AskedCharge& of = asked) {
  return word(read_charge({status, body}, of));
}
std::string refunded(int status, const std::string& body) {
  return word(read_refund({status, body}, {"ch_1", 1'000, "usd"}));
}

struct Case {
  int status;
  std::string body;
  std::string first;  // when nothing was tried before
  std::string again;  // when an earlier attempt may have been carried out
};

}  // namespace

TEST_CASE("every documented error of a charge is decided: refused, ours, or unknown") {
  const std::vector<Case> cases = {
      // the card
      {402, error(R"("type":"card_error","code":"card_declined")"), "refused card_declined",
       "refused card_declined"},
      {402,
       error(R"("type":"card_error","code":"card_declined","decline_code":"insufficient_funds")"),
       "refused insufficient_funds", "refused insufficient_funds"},
      {402, error(R"("type":"card_error","code":"card_declined","decline_code":"stolen_card")"),
       "refused card_declined", "refused card_declined"},
      {402, error(R"("type":"card_error","code":"expired_card")"), "refused expired_card",
       "refused expired_card"},
      {402, error(R"("type":"card_error","code":"processing_error")"), "refused processing_error",
       "refused processing_error"},
      {402, error(R"("type":"card_error","code":"authentication_required")"),
       "refused authentication_required", "refused authentication_required"},
      {402,
       error(
           R"("type":"card_error","code":"card_declined","decline_code":"authentication_required")"),
       "refused authentication_required", "refused authentication_required"},
      {402, "", "refused card_declined", "refused card_declined"},
      {400, error(R"("type":"card_error","code":"incorrect_number")"), "refused incorrect_number",
       "refused incorrect_number"},
      // the request
      {400, error(R"("type":"invalid_request_error","code":"amount_too_small")"),
       "refused amount_too_small", "refused amount_too_small"},
      {400, error(R"("type":"invalid_request_error","code":"amount_too_large","param":"amount")"),
       "refused amount_too_large", "refused amount_too_large"},
      {400, error(R"("type":"invalid_request_error","code":"resource_missing","param":"source")"),
       "refused card_unusable", "refused card_unusable"},
      {400, error(R"("type":"invalid_request_error","param":"card[number]")"),
       "refused card_unusable", "refused card_unusable"},
      {400, error(R"("type":"invalid_request_error","code":"token_already_used")"),
       "refused card_unusable", "unknown"},
      {400, error(R"("type":"invalid_request_error","code":"token_in_use")"), "unknown", "unknown"},
      {400, error(R"("type":"invalid_request_error","param":"currency")"), "misconfigured",
       "unknown, misconfigured"},
      {400, error(R"("type":"invalid_request_error","code":"parameter_unknown")"), "misconfigured",
       "unknown, misconfigured"},
      {400, error(R"("type":"invalid_request_error","code":"country_unsupported")"),
       "misconfigured", "unknown, misconfigured"},
      {400, "{}", "misconfigured", "unknown, misconfigured"},
      {404, error(R"("type":"invalid_request_error","message":"Unrecognized request URL")"),
       "misconfigured", "unknown, misconfigured"},
      {404, "<html>", "misconfigured", "unknown, misconfigured"},
      // who asks
      {401, error(R"("type":"invalid_request_error","message":"Invalid API Key")"), "misconfigured",
       "unknown, misconfigured"},
      {401, "", "misconfigured", "unknown, misconfigured"},
      {403, error(R"("type":"invalid_request_error","code":"testmode_charges_only")"),
       "misconfigured", "unknown, misconfigured"},
      // the key
      {400, error(R"("type":"idempotency_error")"), "unknown, key spent", "unknown, key spent"},
      {409, error(R"("type":"idempotency_error","code":"idempotency_key_in_use")"), "unknown",
       "unknown"},
      {409, error(R"("type":"invalid_request_error")"), "unknown", "unknown"},
      // nobody knows
      {429, error(R"("type":"rate_limit_error","code":"rate_limit")"), "unknown", "unknown"},
      {429, error(R"("type":"invalid_request_error","code":"lock_timeout")"), "unknown", "unknown"},
      {400, error(R"("type":"api_error")"), "unknown", "unknown"},
      {408, "", "unknown", "unknown"},
      {424, "", "unknown", "unknown"},
      {500, error(R"("type":"api_error")"), "unknown", "unknown"},
      {500, error(R"("type":"card_error","code":"card_declined")"), "unknown", "unknown"},
      {502, "<html>", "unknown", "unknown"},
      {503, "", "unknown", "unknown"},
      {302, "", "unknown", "unknown"},
      {204, "", "unknown", "unknown"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.status);
    CAPTURE(each.body);
    CHECK(charged(each.status, each.body) == each.first);
    CHECK(charged(each.status, each.body, asked_again) == each.again);
  }
}

TEST_CASE("the buyer reads the card's words; what is ours or the bank's is put in words of ours") {
  const auto words = [](int status, const std::string& fields) {
    return std::get<Order::Refused>(read_charge({status, error(fields)}, asked)).reason;
  };
  CHECK(words(402, R"("type":"card_error","message":"Your card has expired.")") ==
        "Your card has expired.");
  CHECK(words(402, R"("type":"card_error","message":7)") == "Your card was declined.");
  CHECK(words(402, R"("type":"card_error","message":"Pay \u202eyadot")") ==
        "Your card was declined.");
  CHECK(words(402, R"("type":"card_error","message":"a\u0000b")") == "Your card was declined.");
  CHECK(words(402, R"("type":"card_error","message":"  ")") == "Your card was declined.");
  CHECK(words(402, R"("type":"card_error","code":"authentication_required","message":"x")")
            .find("3-D Secure") != std::string::npos);
  CHECK(words(400, R"("code":"amount_too_small","message":"Amount must be at least 50 cents")")
            .find("Nothing was charged") != std::string::npos);
}

TEST_CASE("every code that a refusal can have is one of ours") {
  for (const char* code : {"card_declined", "lost_card", "incorrect_zip", "", "a b", "\\u0000"})
    for (const int status : {400, 402}) {
      const auto outcome = read_charge(
          {status, error(R"("type":"card_error","code":")" + std::string{code} + "\"")}, asked);
      CHECK(decline::is_known(std::get<Order::Refused>(outcome).code));
    }
}

TEST_CASE("a charge is captured when it says so and is the one that was asked for") {
  CHECK(charged(200, R"({"id":"ch_1"})") == "captured ch_1");
  CHECK(charged(200, R"({"id":"ch_1","object":"charge","paid":true,"captured":true,
                         "status":"succeeded","amount":1000,"currency":"usd"})") ==
        "captured ch_1");
  CHECK(charged(200, R"({"id":"ch_1","status":"failed","failure_code":"expired_card"})") ==
        "refused expired_card");
}

TEST_CASE("200 with anything else is unknown, whatever types its fields have") {
  for (const char* body : {"",
                           "null",
                           "[]",
                           "7",
                           "\"ch_1\"",
                           "{}",
                           "not json",
                           R"({"id":null})",
                           R"({"id":7})",
                           R"({"id":""})",
                           R"({"id":["ch_1"]})",
                           R"({"id":"ch_1","paid":null})",
                           R"({"id":"ch_1","paid":"true"})",
                           R"({"id":"ch_1","paid":1})",
                           R"({"id":"ch_1","paid":{}})",
                           R"({"id":"ch_1","paid":false})",
                           R"({"id":"ch_1","captured":false})",
                           R"({"id":"ch_1","captured":null})",
                           R"({"id":"ch_1","captured":[]})",
                           R"({"id":"ch_1","status":"pending"})",
                           R"({"id":"ch_1","status":null})",
                           R"({"id":"ch_1","amount":999})",
                           R"({"id":"ch_1","amount":"1000"})",
                           R"({"id":"ch_1","amount":1000.5})",
                           R"({"id":"ch_1","amount":null})",
                           R"({"id":"ch_1","currency":"eur"})",
                           R"({"id":"ch_1","currency":null})",
                           R"({"id":"re_1","object":"refund"})",
                           R"({"id":"ch_1","object":null})",
                           R"({"id":"ch_1","amount":1e400})",
                           R"({"id":"ch_1","amount":100000000000000000000000000000})",
                           R"({"id":"ch_1","amount":1000.0})",
                           R"({"id":"ch_1","amount":-1000})",
                           R"({"id":"ch_1","status":"failed","amount":999})",
                           R"({"id":"ch_1","status":"failed","currency":"eur"})",
                           R"({"id":"ch_1","status":"failed","paid":true})",
                           R"({"id":"ch_1","metadata":{"payment":"000000000000000000000000"}})",
                           R"({"id":"ch_1","metadata":{"payment":7}})",
                           R"({"id":"ch_1","metadata":[]})",
                           R"({"id":"ch_1","status":"failed",
                               "metadata":{"payment":"000000000000000000000000"}})",
                           R"({"id":"ch_1","refunded":"no"})",
                           R"({"id":"ch_1","refunded":null})",
                           R"({"id":"ch_1","error":{"type":"card_error"}})",
                           R"({"id":"ch 1"})",
                           R"({"id":"ch_1\u0000"})",
                           R"({"id":"ch_1\r\nX: 1"})",
                           R"({"id":"ch_\u202e1"})",
                           R"({"id":"ch_1")",
                           R"({"id":"ch_1","paid":tr)",
                           R"({"id":"ch_1"}{"id":"ch_1"})",
                           R"({"error":null})",
                           R"({"error":[]})",
                           "\xff\xfe"}) {
    CAPTURE(body);
    CHECK(charged(200, body) == "unknown");
  }
  CHECK(charged(200, R"({"id":")" + std::string(300, 'x') + "\"}") == "unknown");
}

// Writing such a value for the log took a frame of the stack for each bracket: the node was dead.
TEST_CASE("an answer that is nested without end is unknown, and described") {
  constexpr std::size_t many = 500'000;
  const std::string deep = std::string(many, '[') + std::string(many, ']');
  std::string objects;
  for (std::size_t i = 0; i < many / 5; ++i) objects += R"({"a":)";
  objects += "1" + std::string(many / 5, '}');
  for (const auto& value : {deep, objects}) {
    CHECK(charged(200, value) == "unknown");
    CHECK(charged(200, R"({"id":"ch_1","paid":)" + value + "}") == "unknown");
    CHECK(charged(500, R"({"error":)" + value + "}") == "unknown");
    CHECK(charged(400, R"({"error":{"code":)" + value + "}}") == "misconfigured");
    CHECK(refunded(200, R"({"id":"re_1","status":)" + value + "}") == "unknown");
    CHECK(word(read_charges({200, R"({"data":[)" + value + "]}"}, asked).outcome) == "unknown");
  }
  // As deep as Stripe's own, which are read.
  CHECK(charged(200, R"({"id":"ch_1","a":)" + std::string(20, '[') + std::string(20, ']') + "}") ==
        "captured ch_1");
}

TEST_CASE("a charge that was given back meanwhile is not captured") {
  CHECK(charged(200, R"({"id":"ch_1","paid":true,"refunded":true})") == "refused payment_refunded");
  CHECK(charged(200, R"({"id":"ch_1","paid":true,"refunded":false})") == "captured ch_1");
}

TEST_CASE("errors with fields of any type are read") {
  for (const char* body : {R"({"error":null})", R"({"error":7})", R"({"error":[1]})",
                           R"({"error":{"type":null,"code":7,"message":{},"param":[]}})"})
    for (const int status : {400, 401, 402, 404, 409, 429, 500}) {
      CAPTURE(body);
      CAPTURE(status);
      CHECK_FALSE(charged(status, body).empty());
      CHECK_FALSE(refunded(status, body).empty());
    }
}

TEST_CASE("no body, however damaged, is more than unknown or less than read") {
  const std::string good =
      R"({"id":"ch_1","object":"charge","paid":true,"captured":true,"status":"succeeded"})";
  test::Dice dice{1};
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(i);
    auto body = good;
    for (std::size_t times = dice.below(6) + 1; times > 0; --times)
      body[dice.below(body.size())] = static_cast<char>(dice.bits());
    const auto said = charged(200, body);
    // Only what is an id may differ: "paid" that is damaged is no longer true.
    const bool is_read = said == "unknown" || said.starts_with("captured ");
    CHECK(is_read);
    CHECK_FALSE(word(read_charges({200, body}, asked).outcome).empty());
  }
}

TEST_CASE("the log says what was received, in one printable line without a key") {
  const auto why = [](int status, const std::string& body) {
    return std::get<Unknown>(read_charge({status, body}, asked_again)).why;
  };
  CHECK(why(200, R"({"id":"ch_1","paid":null})").find("id=\"ch_1\" paid=null") !=
        std::string::npos);
  CHECK(why(500, "<html>\n\x01</html>")
            .find("<html>?"
                  "?</html>") != std::string::npos);
  const auto wrong_key = why(401, error(R"("message":"Invalid API Key: sk_live_abcdef")"));
  CHECK(wrong_key.find("401") != std::string::npos);
  CHECK(wrong_key.find("sk_live") == std::string::npos);
  CHECK(wrong_key.find("abcdef") == std::string::npos);
  CHECK(why(500, std::string(100'000, 'x')).size() < 1'000);
}

TEST_CASE("a refund is done, refused for good, or asked for again") {
  CHECK(refunded(200, R"({"id":"re_1","status":"succeeded"})") == "done");
  CHECK(refunded(200, R"({"id":"re_1","status":"pending"})") == "done, pending");
  CHECK(refunded(200, R"({"id":"re_1"})") == "done");
  CHECK(refunded(400, error(R"("code":"charge_already_refunded")")) == "done");
  CHECK(refunded(200, R"({"id":"re_1","status":"failed"})") == "refused");
  CHECK(refunded(200, R"({"id":"re_1","status":"canceled"})") == "refused");
  CHECK(refunded(200, R"({"id":"re_1","status":"requires_action"})") == "refused");
  CHECK(refunded(400, error(R"("type":"invalid_request_error","code":"charge_disputed")")) ==
        "refused");
  CHECK(refunded(404, error(R"("type":"invalid_request_error","code":"resource_missing")")) ==
        "refused");
  CHECK(refunded(400, error(R"("type":"invalid_request_error","code":"balance_insufficient")")) ==
        "unknown, misconfigured");
  CHECK(refunded(401, "") == "unknown, misconfigured");
  CHECK(refunded(404, "<html>") == "unknown, misconfigured");
  for (const char* body :
       {"", "null", R"({"id":null})", R"({"id":"re_1","status":null})",
        R"({"id":"re_1","status":7})", R"({"status":"succeeded"})",
        R"({"id":"re_1","charge":"ch_2","status":"succeeded"})",
        R"({"id":"re_1","charge":"ch_2","status":"failed"})", R"({"id":"re_1","charge":null})",
        R"({"id":"re_1","amount":999})", R"({"id":"re_1","amount":"1000"})",
        R"({"id":"re_1","currency":"eur"})", R"({"id":"ch_1","object":"charge"})",
        R"({"id":"re_1","error":{"type":"api_error"}})", R"({"id":"re 1"})"})
    CHECK(refunded(200, body) == "unknown");
  for (const int status : {408, 409, 424, 429, 500, 503})
    CHECK(refunded(status, "{}") == "unknown");
}

TEST_CASE("what the gateway knows of its charges is found by the payment") {
  const auto known = [](const std::string& charges) {
    return word(read_charges({200, "{\"data\":[" + charges + "]}"}, asked).outcome);
  };
  const std::string ours = R"("metadata":{"payment":"65a1f0c2b3d4e5f60718293a"})";
  CHECK(known("") == "nothing known");
  CHECK(known(R"({"id":"ch_2","metadata":{"payment":"000000000000000000000000"}})") ==
        "nothing known");
  CHECK(known(R"({"id":"ch_2"},{"id":"ch_3","metadata":{}})") == "nothing known");
  // What cannot be read may be the one.
  for (const char* charge :
       {"7", "null", "[]", "\"ch_1\"", R"({"id":"ch_3","metadata":null})",
        R"({"id":"ch_3","metadata":[]})", R"({"id":"ch_3","metadata":{"payment":null}})",
        R"({"id":"ch_3","metadata":{"payment":["65a1f0c2b3d4e5f60718293a"]}})"})
    CHECK(known(charge) == "unknown");
  CHECK(known(R"({"id":"ch_1",)" + ours + "}") == "captured ch_1");
  CHECK(known(R"({"id":"ch_1","status":"failed",)" + ours + "}") == "refused card_declined");
  CHECK(known(R"({"id":"ch_0","status":"failed",)" + ours + R"(},{"id":"ch_1",)" + ours + "}") ==
        "captured ch_1");
  CHECK(known(R"({"id":"ch_1","refunded":true,)" + ours + "}") == "refused payment_refunded");
  CHECK(known(R"({"id":"ch_1","paid":null,)" + ours + "}") == "unknown");
  for (const char* body :
       {"", "{}", "[]", R"({"data":null})", R"({"data":{}})", R"({"data":[],"has_more":"true"})",
        R"({"data":[],"has_more":null})", R"({"data":[],"error":{}})", R"({"data":[)"})
    CHECK(word(read_charges({200, body}, asked).outcome) == "unknown");
  CHECK(word(read_charges({401, "{}"}, asked).outcome) == "unknown, misconfigured");
  CHECK(word(read_charges({500, "{\"data\":[]}"}, asked).outcome) == "unknown");
  const auto page = read_charges({200, R"({"data":[{"id":"ch_9"}],"has_more":true})"}, asked);
  CHECK(page.has_more);
  CHECK(page.last_id == "ch_9");
}
