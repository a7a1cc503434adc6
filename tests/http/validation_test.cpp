// The rules of request bodies: the valid, the invalid, and where one becomes the other.
#include "http/requests/validation.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "http/requests/error_codes.hpp"

using namespace usher;
using namespace usher::http;

namespace {

constexpr std::size_t depth_max = 32;
const ValidationLimits limits;

tl::expected<JsonBody, BodyError> parsed(std::string text,
                                         const std::string& type = "application/json") {
  Request request;
  request.body = std::move(text);
  if (!type.empty()) request.headers.add("Content-Type", type);
  return parse_body(request, {.depth_max = depth_max, .json_only = false});
}

// As every profile but the course's has it.
tl::expected<JsonBody, BodyError> strictly(
    std::string text, std::vector<std::pair<std::string, std::string>> headers) {
  Request request;
  request.body = std::move(text);
  request.headers.entries = std::move(headers);
  return parse_body(request, {});
}

JsonBody body(std::string text) {
  auto result = parsed(std::move(text));
  REQUIRE(result.has_value());
  return std::move(*result);
}

// The complaint about the price, or the minor units.
std::string price_of(const std::string& json) {
  const auto offer =
      validate_offer(body(R"({"title":"A","price":)" + json + "}"), limits, OfferRule::create);
  if (offer) return std::to_string(offer->price.minor);
  REQUIRE(offer.error().size() == 1);
  CHECK(offer.error()[0].field == "price");
  return offer.error()[0].message;
}

std::string title_of(const std::string& json) {
  const auto offer =
      validate_offer(body(R"({"price":1,"title":)" + json + "}"), limits, OfferRule::create);
  if (offer) return offer->title;
  REQUIRE(offer.error().size() == 1);
  CHECK(offer.error()[0].field == "title");
  return "! " + offer.error()[0].message;
}

}  // namespace

TEST_CASE("these are e-mail addresses") {
  for (const std::string& email :
       {std::string{"a@x.co"}, std::string{"a+b@x.co"}, std::string{"first.last@sub.example.com"},
        std::string{"o'neil!#$%&*/=?^_`{|}~-@x.co"}, std::string{"\"quoted local\"@x.co"},
        std::string{"\xC3\xBCml\xC3\xA4ut@x.co"},
        std::string{"a@b\xC3\xBC"
                    "cher.de"},
        std::string{"\xE7\x94\xA8\xE6\x88\xB7@\xE4\xBE\x8B\xE5\xAD\x90.\xE4\xB8\xAD\xE5\x9B\xBD"},
        std::string{"a@x.xn--p1ai"}, std::string{"1@2.co"}, std::string(64, 'a') + "@x.co"}) {
    CAPTURE(email);
    CHECK(is_email(email));
  }
}

TEST_CASE("these are not") {
  for (const std::string& email : {std::string{},
                                   std::string{"a"},
                                   std::string{"@x.co"},
                                   std::string{"a@"},
                                   std::string{"a@localhost"},
                                   std::string{" a@x.co"},
                                   std::string{"a@x.co "},
                                   std::string{"a b@x.co"},
                                   std::string{"a@x.co\n"},
                                   std::string{"a@@x.co"},
                                   std::string{"a@b@x.co"},
                                   std::string{".a@x.co"},
                                   std::string{"a.@x.co"},
                                   std::string{"a..b@x.co"},
                                   std::string{"a@x..co"},
                                   std::string{"a@-x.co"},
                                   std::string{"a@x-.co"},
                                   std::string{"a@x_y.co"},
                                   std::string{"a@x.c"},
                                   std::string{"a@x.12"},
                                   std::string{"a@x.co."},
                                   std::string{"a@127.0.0.1"},
                                   std::string{"a@[127.0.0.1]"},
                                   std::string{"Name <a@x.co>"},
                                   std::string{"\"a@x.co"},
                                   std::string{"\"a\"b\"@x.co"},
                                   std::string{"\"a\\\"@x.co"},
                                   std::string{"a(c)@x.co"},
                                   std::string{"a,b@x.co"},
                                   std::string{"a@\xEF\xBD\x98.co"},
                                   std::string{"\xC2\xA0@x.co"},
                                   std::string(65, 'a') + "@x.co",
                                   "a@" + std::string(64, 'x') + ".co"}) {
    CAPTURE(email);
    CHECK_FALSE(is_email(email));
  }
}

TEST_CASE("a local part has 64 bytes at most, an address 254 characters") {
  std::string umlauts;
  for (int i = 0; i < 32; ++i) umlauts += "\xC3\xBC";
  CHECK(is_email(umlauts + "@x.co"));
  CHECK_FALSE(is_email(umlauts + "u@x.co"));
  std::string domain = "co";
  while (domain.size() < 250) domain = "x." + domain;
  CHECK(domain.size() == 250);
  CHECK(is_email("a@" + domain));
  CHECK(is_email("ab@x" + domain));
  CHECK_FALSE(is_email("ab@xx" + domain));
  const std::string longest_local(64, 'a');
  CHECK(is_email(longest_local + "@" + domain.substr(domain.size() - 188)));
  CHECK_FALSE(is_email(longest_local + "@" + domain));
}

TEST_CASE("an account has one name, and the one that older versions gave it") {
  CHECK(account_name("Ada+Tag@EXAMPLE.Com").text == "ada+tag@example.com");
  CHECK(account_name("\xC3\x9C@x.co").text == "\xC3\xBC@x.co");
  CHECK(former_account_name("Ada+Tag@EXAMPLE.Com").text == "ada+tag@example.com");
  CHECK(former_account_name("\xC3\x9C@x.co").text == "\xC3\x9C@x.co");
}

TEST_CASE("who has an address with something invisible signs in, and nobody makes another") {
  const auto json = body(R"({"email":"a\u200bb@x.co","password":"secret"})");
  CHECK(validate_sign_in(json).has_value());
  const auto refused = validate_sign_up(json, limits);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Complaints{{code::invalid_email, "Email must be valid", "email"}});
}

// What it stands for is nothing: nobody can have it, and no other spelling is the same.
TEST_CASE("a domain that is no encoding of a name is nobody's new address") {
  for (const char* domain : {"xn--a.com", "XN--A.com", "mail.xn--zzzzzzzzzzz.com", "xn--.com",
                             "x.xn--a", "b\u00fccher.xn--a"}) {
    CAPTURE(domain);
    const auto json = body(std::string{R"({"email":"a@)"} + domain + R"(","password":"secret"})");
    const auto refused = validate_sign_up(json, limits);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Complaints{{code::invalid_email, "Email must be valid", "email"}});
  }
  CHECK(validate_sign_in(body(R"({"email":"a@xn--a.com","password":"secret"})")).has_value());
  for (const char* domain : {"xn--bcher-kva.example", "x.xn--p1ai", "ab--c.com", "a-b.com"}) {
    CAPTURE(domain);
    const auto json = body(std::string{R"({"email":"a@)"} + domain + R"(","password":"secret"})");
    CHECK(validate_sign_up(json, limits).has_value());
  }
}

TEST_CASE("passwords are trimmed, then counted in characters") {
  const auto accepts = [](const std::string& password) {
    const nlohmann::json json{{"email", "a@x.co"}, {"password", password}};
    const auto credentials = validate_sign_up(body(json.dump()), limits);
    return credentials ? credentials->password : "no";
  };
  CHECK(accepts("abc") == "no");
  CHECK(accepts("abcd") == "abcd");
  CHECK(accepts("  abc  ") == "no");
  CHECK(accepts("\t abcd\n") == "abcd");
  CHECK(accepts("\xC2\xA0"
                "abcd\xE3\x80\x80\xEF\xBB\xBF") == "abcd");  // blanks of other scripts
  CHECK(accepts("ab cd") == "ab cd");
  CHECK(accepts(std::string(20, 'p')).size() == 20);
  CHECK(accepts(std::string(21, 'p')) == "no");
  CHECK(accepts("\xF0\x9F\x8E\xAB\xF0\x9F\x8E\xAB\xF0\x9F\x8E\xAB") == "no");  // three characters
  CHECK(accepts("\xF0\x9F\x8E\xAB\xF0\x9F\x8E\xAB\xF0\x9F\x8E\xAB!").size() == 13);
}

TEST_CASE("the limits of passwords are configurable and named in the text") {
  auto production = limits;
  production.password_length_min = 10;
  production.password_length_max = 128;
  const auto credentials =
      validate_sign_up(body(R"({"email":"a@x.co","password":"123456789"})"), production);
  REQUIRE_FALSE(credentials);
  CHECK(credentials.error() ==
        Complaints{{code::invalid_password, "Password must be between 10 and 128 characters",
                    "password"}});
}

TEST_CASE("an e-mail that is not text is not valid") {
  for (const std::string json : {"null", "5", "true", "[]", "[\"a@x.co\"]", "{}"}) {
    CAPTURE(json);
    const auto text = R"({"password":"abcd","email":)" + json + "}";
    const auto credentials = validate_sign_up(body(text), limits);
    REQUIRE_FALSE(credentials);
    CHECK(credentials.error() == Complaints{{code::invalid_email, "Email must be valid", "email"}});
  }
}

TEST_CASE("prices are exact, however they are written") {
  CHECK(price_of("20") == "2000");
  CHECK(price_of("19.99") == "1999");
  CHECK(price_of("0.01") == "1");
  CHECK(price_of("1e3") == "100000");
  CHECK(price_of("2.50e1") == "2500");
  CHECK(price_of("1.100") == "110");
  CHECK(price_of("\"20.00\"") == "2000");
  CHECK(price_of("\"1e3\"") == "100000");
  CHECK(price_of("\"+5\"") == "500");
  CHECK(price_of("\".5\"") == "50");
  CHECK(price_of("\"5.\"") == "500");
  CHECK(price_of("1000000") == "100000000");  // the maximum
}

TEST_CASE("what is no price over 0 is refused") {
  for (const std::string json :
       {"0",    "-1",      "-0.01",    "0.0",     "0e5",          "\"0\"",   "\" 5\"", "\"5 \"",
        "\"\"", "\"abc\"", "\"0x10\"", "\"1,5\"", "\"Infinity\"", "\"NaN\"", "true",   "false",
        "null", "[]",      "[20]",     "{}",      "-1e309",       "-0.001"}) {
    CAPTURE(json);
    CHECK(price_of(json) == "Price must be greater than 0");
  }
}

TEST_CASE("too many decimals and too much money are refused with the reason") {
  CHECK(price_of("19.999") == "Price must have at most two decimals");
  CHECK(price_of("\"0.001\"") == "Price must have at most two decimals");
  CHECK(price_of("1e-300") == "Price must have at most two decimals");
  CHECK(price_of("1000000.01") == "Price must be at most 1000000");
  CHECK(price_of("1e309") == "Price must be at most 1000000");
  CHECK(price_of("\"1e309\"") == "Price must be at most 1000000");
  CHECK(price_of("99999999999999999999999999") == "Price must be at most 1000000");
  CHECK(price_of("\"1e99999999999999999999\"") == "Price must be at most 1000000");
}

TEST_CASE("a number that not even a long double can hold is an error of its field") {
  const auto result = parsed(R"({"price":1e5000,"title":"A"})");
  REQUIRE_FALSE(result);
  CHECK(result.error().status == 400);
  CHECK(result.error().complaint ==
        Complaint{code::number_out_of_range, "The number is out of range", "price"});
}

TEST_CASE(
    "a title is any text that can be seen, and numbers become text as JavaScript prints them") {
  CHECK(title_of("\"Concert\"") == "Concert");
  CHECK(title_of("\" \"") == "! Title must have something visible");
  CHECK(title_of("5") == "5");
  CHECK(title_of("5.0") == "5");
  CHECK(title_of("5.25") == "5.25");
  CHECK(title_of("-0") == "0");
  CHECK(title_of("1e3") == "1000");
  CHECK(title_of("1e21") == "1e+21");
  CHECK(title_of("1e-7") == "1e-7");
  CHECK(title_of("0.000001") == "0.000001");
  CHECK(title_of("true") == "true");
  for (const std::string json : {"\"\"", "null", "[]", "[\"a\"]", "{}"}) {
    CAPTURE(json);
    CHECK(title_of(json) == "! Title is required");
  }
}

TEST_CASE("a title has a largest length, in characters") {
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xC3\xBC";
  CHECK(title_of('"' + umlauts + '"') == umlauts);
  CHECK(title_of('"' + umlauts + "x\"") == "! Title must be at most 200 characters");
}

TEST_CASE("a missing price has another text when a ticket is changed") {
  const auto offer = validate_offer(body("{}"), limits, OfferRule::update);
  REQUIRE_FALSE(offer);
  CHECK(offer.error() ==
        Complaints{
            {code::title_required, "Title is required", "title"},
            {code::invalid_price, "Price must be provided and must be greater than 0", "price"}});
}

TEST_CASE("malformed JSON is 400") {
  for (const std::string& text : {std::string{"{"},
                                  std::string{"}"},
                                  std::string{"{\"a\":1"},
                                  std::string{"{\"a\":1,}"},
                                  std::string{"{'a':1}"},
                                  std::string{"{a:1}"},
                                  std::string{"[1,]"},
                                  std::string{"{} x"},
                                  std::string{"nonsense"},
                                  std::string{"5"},
                                  std::string{"\"text\""},
                                  std::string{"null"},
                                  std::string{"true"},
                                  std::string{"{\"a\":01}"},
                                  std::string{"{\"a\":.5}"},
                                  std::string{"{\"a\":5.}"},
                                  std::string{"{\"a\":NaN}"},
                                  std::string{"{\"a\":\"\n\"}"},
                                  std::string{"{\"a\":\"\\x\"}"},
                                  std::string{"{\"a\":\"\\ud800\"}"},
                                  std::string{"{\"a\":\"\xff\"}"},
                                  std::string{"{\"a\":\"\xC3\"}"},
                                  std::string{"{\"a\":\"\xED\xA0\x80\"}"},
                                  std::string{"{\"a\":1}\0", 8},
                                  std::string{"{}\0{", 4},
                                  std::string{" "}}) {
    CAPTURE(text);
    const auto result = parsed(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().status == 400);
    CHECK(result.error().complaint == Complaint{code::malformed_json, "Malformed JSON"});
  }
}

TEST_CASE("an array, an empty body and another content type have no fields") {
  CHECK(body("[]").fields.empty());
  CHECK(body("[{\"title\":\"A\"}]").fields.empty());
  CHECK(body("").fields.empty());
  for (const std::string type : {"", "text/plain", "application/jsonp",
                                 "application/x-www-form-urlencoded", "multipart/form-data"}) {
    CAPTURE(type);
    const auto result = parsed("{not json", type);
    REQUIRE(result);
    CHECK(result->fields.empty());
  }
}

TEST_CASE("the charset is UTF-8 or 415") {
  const auto status = [](const std::string& parameters) {
    const auto result = strictly("{}", {{"Content-Type", "Application/JSON" + parameters}});
    return result ? 200 : result.error().status;
  };
  CHECK(status("") == 200);
  CHECK(status("; charset=utf-8") == 200);
  CHECK(status(";charset=\"UTF-8\"") == 200);
  CHECK(status("; boundary=x; charset=utf-8") == 200);
  CHECK(status("; charset=utf-16") == 415);
  CHECK(status("; charset=iso-8859-1") == 415);
}

TEST_CASE("a body that is not JSON, or is compressed, is 415 with a hint; an empty one is {}") {
  const auto refused = [](const std::vector<std::pair<std::string, std::string>>& headers) {
    const auto result = strictly("{\"title\":\"A\"}", headers);
    return result ? std::string{"taken"} : std::string{result.error().complaint.code.text};
  };
  const std::pair<std::string, std::string> json{"Content-Type", "application/json"};
  CHECK(refused({json}) == "taken");
  for (const std::string type : {"", "text/plain", "application/jsonp", "text/json",
                                 "application/x-www-form-urlencoded", "multipart/form-data"}) {
    CAPTURE(type);
    CHECK(refused({{"Content-Type", type}}) == "unsupported_media_type");
    CHECK(strictly("", {{"Content-Type", type}}).has_value());
  }
  CHECK(refused({}) == "unsupported_media_type");
  for (const std::string coding : {"gzip", "br", "identity, gzip", "x"})
    CHECK(refused({json, {"Content-Encoding", coding}}) == "unsupported_encoding");
  CHECK(refused({json, {"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}) ==
        "unsupported_encoding");
  for (const std::string coding : {"", "identity", "Identity"})
    CHECK(refused({json, {"Content-Encoding", coding}}) == "taken");
  const auto response = problem(strictly("{", {}).error());
  CHECK(response.status == 415);
  CHECK(response.headers.find("Accept") == "application/json");
}

TEST_CASE("nesting has a largest depth") {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(parsed(nested(depth_max)));
  const auto deep = parsed(nested(depth_max + 1));
  REQUIRE_FALSE(deep);
  CHECK(deep.error().complaint == Complaint{code::malformed_json, "The JSON is nested too deeply"});
  CHECK_FALSE(parsed(std::string(100'000, '[')));
}

TEST_CASE("of several fields with one name the last counts, and nested ones do not") {
  const auto fields = body(R"({"a":"first","b":{"a":"inner","c":1},"a":"last","d":[[],1]})");
  CHECK(fields.text("a") == "last");
  CHECK_FALSE(fields.find("c"));
  CHECK(fields.find("b")->kind == JsonField::Kind::object);
  CHECK(fields.find("d")->kind == JsonField::Kind::array);
}

TEST_CASE("fields without end do not fill the memory") {
  std::string text = "{\"title\":\"A\"";
  for (int i = 0; i < 10'000; ++i) text += ",\"f" + std::to_string(i) + "\":1";
  const auto fields = body(text + "}");
  CHECK(fields.fields.size() == 64);
  CHECK(fields.text("title") == "A");
}

TEST_CASE("a price has the decimals of its currency, and the gateway's limits") {
  ValidationLimits in;
  const auto complaint_or_minor = [&](const std::string& json) {
    const auto offer =
        validate_offer(body(R"({"title":"A","price":)" + json + "}"), in, OfferRule::create);
    return offer ? std::to_string(offer->price.minor) : offer.error()[0].message;
  };
  in.currency = *find_currency("jpy");
  in.price_minor_min = 50;
  CHECK(complaint_or_minor("1000") == "1000");
  CHECK(complaint_or_minor("1000.00") == "1000");
  CHECK(complaint_or_minor("1000.50") == "Price must be a whole number");
  CHECK(complaint_or_minor("50") == "50");
  CHECK(complaint_or_minor("49") == "Price must be at least 50");
  CHECK(complaint_or_minor("0") == "Price must be greater than 0");
  CHECK(complaint_or_minor("100000001") == "Price must be at most 100000000");
  in.currency = *find_currency("kwd");
  in.price_minor_min = 10;
  in.price_minor_step = 10;
  CHECK(complaint_or_minor("5.12") == "5120");
  CHECK(complaint_or_minor("5.120") == "5120");
  CHECK(complaint_or_minor("5.124") == "Price must be a multiple of 0.01");
  CHECK(complaint_or_minor("5.1234") == "Price must have at most three decimals");
  CHECK(complaint_or_minor("0.009") == "Price must be at least 0.01");
}
