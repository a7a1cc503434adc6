// Sessions: what is signed, what is refused, and the cookies byte for byte.
#include "http/requests/auth.hpp"

#include <doctest/doctest.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "http/front/base64.hpp"
#include "http/requests/token_cache.hpp"

using namespace usher;
using namespace usher::http;

namespace {

constexpr TimeMs now = 1'705'111'746'123;
constexpr std::int64_t now_s = now / 1000;
constexpr DurationMs day_ms = 86'400'000;
const std::string key = "a key for tests only";
const Session ada{UserId{"ada"}, "ada@example.com", now_s};

AuthOptions course() {
  AuthOptions options;
  options.key = key;
  options.token_ttl_ms = 0;
  options.cookie_samesite = "off";
  return options;
}
AuthOptions strict() {
  AuthOptions options;
  options.key = key;
  return options;
}

// A token made by another library, with whatever claims and algorithm.
std::string made_by_libjwt(jwt_alg_t algorithm, const std::string& claims,
                           const std::string& secret = key) {
  jwt_t* jwt = nullptr;
  REQUIRE(jwt_new(&jwt) == 0);
  REQUIRE(jwt_add_grants_json(jwt, claims.c_str()) == 0);
  const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
  const bool keyless = algorithm == JWT_ALG_NONE;
  REQUIRE(jwt_set_alg(jwt, algorithm, keyless ? nullptr : bytes,
                      keyless ? 0 : static_cast<int>(secret.size())) == 0);
  char* text = jwt_encode_str(jwt);
  REQUIRE(text != nullptr);
  const std::string token = text;
  std::free(text);
  jwt_free(jwt);
  return token;
}

std::string signed_by_us(const std::string& claims) {
  return made_by_libjwt(JWT_ALG_HS256, claims);
}

Request with(std::vector<std::pair<std::string, std::string>> headers) {
  Request request;
  request.headers.entries = std::move(headers);
  return request;
}

std::string cookie_pair(const AuthOptions& options, const std::string& token) {
  const auto cookie = session_cookie(options, token);
  return cookie.substr(0, cookie.find(';'));
}

}  // namespace

TEST_CASE("an issued token verifies, here and in another library") {
  const auto token = issue_token(course(), ada, now);
  CHECK(verify_token(course(), token, now) == ada);

  jwt_t* jwt = nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  REQUIRE(jwt_decode(&jwt, token.c_str(), bytes, static_cast<int>(key.size())) == 0);
  CHECK(jwt_get_alg(jwt) == JWT_ALG_HS256);
  CHECK(std::string{jwt_get_grant(jwt, "id")} == "ada");
  CHECK(std::string{jwt_get_grant(jwt, "email")} == "ada@example.com");
  CHECK(jwt_get_grant_int(jwt, "iat") == now_s);
  jwt_free(jwt);
  const auto payload = from_base64(
      token.substr(token.find('.') + 1).substr(0, token.rfind('.') - token.find('.') - 1));
  CHECK(payload == R"({"id":"ada","email":"ada@example.com","iat":1705111746})");  // no end
}

TEST_CASE("the token, byte for byte") {
  auto options = course();
  options.key = "secret";
  // Computed with Python's hmac and base64.
  CHECK(issue_token(options, ada, now) ==
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJpZCI6ImFkYSIsImVtYWlsIjoiYWRhQGV4YW1wbGUuY29tIiwiaWF0IjoxNzA1MTExNzQ2fQ."
        "_a2jMjC21qfWd-L_1K6rWdgFyfQIRZk8k9tFqtdvGAI");
}

TEST_CASE("a token that another library signed with the key is a session, whoever it names") {
  const auto session =
      verify_token(course(), signed_by_us(R"({"id":"no such user \u00fc","email":"x"})"), now);
  REQUIRE(session);
  CHECK(session->user.text == "no such user \xC3\xBC");
  CHECK_FALSE(session->issued_s);
}

TEST_CASE("nothing but HS256 with our key is believed") {
  const std::string claims = R"({"id":"ada","email":"a@b.co","iat":1705111746})";
  CHECK(verify_token(course(), made_by_libjwt(JWT_ALG_HS256, claims), now));
  CHECK_FALSE(verify_token(course(), made_by_libjwt(JWT_ALG_HS256, claims, "other"), now));
  CHECK_FALSE(verify_token(course(), made_by_libjwt(JWT_ALG_HS384, claims), now));
  CHECK_FALSE(verify_token(course(), made_by_libjwt(JWT_ALG_HS512, claims), now));
  CHECK_FALSE(verify_token(course(), made_by_libjwt(JWT_ALG_NONE, claims), now));
}

// With the key, but by another rule: what a token says of itself decides nothing.
TEST_CASE("a header that names another algorithm is refused, however well it is signed") {
  const std::string payload = base64_url(R"({"id":"ada","email":"a@b.co","iat":1705111746})");
  const auto signed_with = [&](const std::string& header) {
    const std::string text = base64_url(header) + '.' + payload;
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
    return text + '.' + base64_url({reinterpret_cast<const char*>(mac), size});
  };
  CHECK(verify_token(course(), signed_with(R"({"alg":"HS256","typ":"JWT"})"), now));
  CHECK(verify_token(course(), signed_with(R"({"alg":"HS256"})"), now));
  for (const std::string header :
       {R"({"alg":"none"})", R"({"alg":"HS384"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
        R"({"alg":"hs256"})", R"({"alg":""})", R"({"alg":null})", R"({"alg":["HS256"]})",
        R"({"typ":"JWT"})", R"({"alg":"HS256","crit":["exp"]})", R"(["HS256"])", "HS256", ""}) {
    CAPTURE(header);
    CHECK_FALSE(verify_token(course(), signed_with(header), now));
  }
}

TEST_CASE("a header that was changed after signing is refused, and so is one that lies") {
  const auto token = issue_token(course(), ada, now);
  const auto rest = token.substr(token.find('.'));
  for (const std::string header :
       {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"hs256"})", R"([])"}) {
    CAPTURE(header);
    CHECK_FALSE(verify_token(course(), base64_url(header) + rest, now));
  }
}

TEST_CASE("garbage is signed out, never an error") {
  const auto token = issue_token(course(), ada, now);
  for (const std::string& text :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, std::string{"a.b"},
        token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1), token + "A",
        token + ".x", "x" + token, token.substr(0, token.size() - 1), std::string(5000, 'a'),
        std::string{"\0\xff.\x80.", 6}}) {
    CAPTURE(text);
    CHECK_FALSE(verify_token(course(), text, now));
  }
  for (std::size_t i = 0; i + 1 < token.size(); ++i) {  // the last digit holds unused bits
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(verify_token(course(), changed, now));
  }
}

TEST_CASE("a signed payload without a usable id is nobody") {
  for (const std::string claims :
       {R"({})", R"({"id":""})", R"({"id":5})", R"({"id":null})", R"({"id":["a"]})"}) {
    CAPTURE(claims);
    CHECK_FALSE(verify_token(course(), signed_by_us(claims), now));
  }
  const auto named = [](std::size_t size) {
    return signed_by_us(R"({"id":")" + std::string(size, 'i') + "\"}");
  };
  CHECK(verify_token(course(), named(256), now));
  CHECK_FALSE(verify_token(course(), named(257), now));
}

TEST_CASE("exp and nbf are honoured in every profile") {
  const auto claims = [](const std::string& name, std::int64_t at) {
    return signed_by_us(R"({"id":"ada","iat":1705111746,")" + name + "\":" + std::to_string(at) +
                        "}");
  };
  for (const auto& options : {course(), strict()}) {
    CHECK(verify_token(options, claims("exp", now_s + 1), now));
    CHECK_FALSE(verify_token(options, claims("exp", now_s), now));
    CHECK(verify_token(options, claims("nbf", now_s), now));
    CHECK_FALSE(verify_token(options, claims("nbf", now_s + 1), now));
    CHECK_FALSE(
        verify_token(options, signed_by_us(R"({"id":"a","iat":1705111746,"exp":"x"})"), now));
    CHECK_FALSE(verify_token(options, signed_by_us(R"({"id":"a","iat":1e300})"), now));
  }
}

TEST_CASE("the course profile takes tokens of any age, the default only young ones with an iat") {
  const auto aged = [](std::int64_t age_s) {
    return signed_by_us(R"({"id":"ada","iat":)" + std::to_string(now_s - age_s) + "}");
  };
  constexpr std::int64_t month_s = 30 * 86'400;
  CHECK(verify_token(course(), aged(100 * month_s), now));
  CHECK(verify_token(strict(), aged(month_s - 1), now));
  CHECK_FALSE(verify_token(strict(), aged(month_s), now));
  CHECK_FALSE(verify_token(strict(), signed_by_us(R"({"id":"ada"})"), now));
  CHECK(verify_token(strict(), aged(-3'600), now));   // the clock was set back by an hour since
  CHECK(verify_token(strict(), aged(-86'400), now));  // it was a day ahead for a while
  CHECK(verify_token(strict(), aged(-26 * 3'600), now));
  CHECK_FALSE(verify_token(strict(), aged(-26 * 3'600 - 2), now));
}

TEST_CASE("the default profile's own tokens end after 30 days") {
  const auto token = issue_token(strict(), ada, now);
  CHECK(verify_token(strict(), token, now + 30 * day_ms - 1'000));
  CHECK_FALSE(verify_token(strict(), token, now + 30 * day_ms));
  CHECK_FALSE(verify_token(course(), token, now + 30 * day_ms));  // it carries its end
}

TEST_CASE("without a key nobody is signed in") {
  AuthOptions keyless;
  CHECK_FALSE(verify_token(keyless, issue_token(keyless, ada, now), now));
}

TEST_CASE("cookies, byte for byte") {
  auto options = course();
  CHECK(session_cookie(options, "t") == "express:sess=eyJqd3QiOiJ0In0=; path=/; httponly");
  CHECK(clearing_cookie(options) ==
        "express:sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly");
  options.cookie_secure = true;
  CHECK(session_cookie(options, "t") == "express:sess=eyJqd3QiOiJ0In0=; path=/; httponly; secure");
  options.cookie_samesite = "lax";
  CHECK(session_cookie(options, "t") ==
        "express:sess=eyJqd3QiOiJ0In0=; path=/; httponly; secure; samesite=lax");
  options.cookie_name = "other";
  CHECK(clearing_cookie(options) ==
        "other=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly");
}

TEST_CASE("a session is found wherever clients put it") {
  const auto options = course();
  const auto token = issue_token(options, ada, now);
  const auto pair = cookie_pair(options, token);
  const auto value = pair.substr(pair.find('=') + 1);
  auto encoded = value;
  for (auto at = encoded.find('='); at != std::string::npos; at = encoded.find('='))
    encoded.replace(at, 1, "%3D");
  auto unpadded = value;
  while (unpadded.back() == '=') unpadded.pop_back();

  const auto found = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return session_of(options, with(std::move(headers)), now) == ada;
  };
  CHECK(found({{"Cookie", pair}}));
  CHECK(found({{"cookie", "a=b; " + pair + "; c=d"}}));
  CHECK(found({{"Cookie", "a=b"}, {"Cookie", pair}}));
  CHECK(found({{"Cookie", "express:sess=\"" + value + "\""}}));
  CHECK(found({{"Cookie", "express:sess=" + encoded}}));
  CHECK(found({{"Cookie", "express:sess=" + unpadded}}));
  CHECK(found({{"Cookie", "session=" + value}}));
  CHECK(found({{"Cookie", "express:sess=old; " + pair}}));
  CHECK(found({{"Authorization", "Bearer " + token}}));
  CHECK(found({{"authorization", "bearer  " + token}}));
  CHECK(found({{"Authorization", "Bearer nonsense"}, {"Cookie", pair}}));

  CHECK_FALSE(found({}));
  CHECK_FALSE(found({{"Cookie", value}}));
  CHECK_FALSE(found({{"Cookie", "other=" + value}}));
  CHECK_FALSE(found({{"Cookie", "xexpress:sess=" + value}}));
  CHECK_FALSE(found({{"Cookie", "express:sess=%zz"}}));
  CHECK_FALSE(found({{"Authorization", token}}));
  CHECK_FALSE(found({{"Authorization", "Basic " + token}}));
  CHECK_FALSE(found({{"X-Cookie", pair}}));
}

TEST_CASE("only the first few cookies of a name are tried") {
  const auto options = course();
  std::string many;
  for (int i = 0; i < 4; ++i) many += "express:sess=x; ";
  const auto pair = cookie_pair(options, issue_token(options, ada, now));
  CHECK_FALSE(session_of(options, with({{"Cookie", many + pair}}), now));
}

TEST_CASE("the operator is who knows the token; without a token there is none") {
  auto options = course();
  CHECK_FALSE(is_operator(options, with({{"Authorization", "Bearer "}})));
  CHECK_FALSE(is_operator(options, with({{"Authorization", "Bearer x"}})));
  options.operator_token = "operator";
  CHECK(is_operator(options, with({{"Authorization", "Bearer operator"}})));
  CHECK_FALSE(is_operator(options, with({{"Authorization", "Bearer operato"}})));
  CHECK_FALSE(is_operator(options, with({{"Authorization", "operator"}})));
  CHECK_FALSE(is_operator(options, with({})));
}

TEST_CASE("base64 has the forms that clients send") {
  CHECK(base64("") == "");
  CHECK(base64("a") == "YQ==");
  CHECK(base64("ab") == "YWI=");
  CHECK(base64("abc") == "YWJj");
  CHECK(base64("\xfb\xff") == "+/8=");
  CHECK(base64_url("\xfb\xff") == "-_8");
  for (const std::string text : {"+/8=", "+/8", "-_8", "-_8="})
    CHECK(from_base64(text) == std::string{"\xfb\xff"});
  for (const std::string text : {"A", "AAAAA", "A=AA", "AA A", "AA\n", "AA.A"})
    CHECK_FALSE(from_base64(text));
}

TEST_CASE("a token that was verified before is still asked whether it is in force") {
  const auto options = strict();
  const auto token = issue_token(options, ada, now);
  TokenCache cache;
  CHECK(verify_token(options, token, now, &cache) == ada);
  CHECK(cache.size() == 1);
  const TimeMs end = (now_s + options.token_ttl_ms / 1000) * 1000;
  CHECK(verify_token(options, token, end - 1, &cache) == ada);
  CHECK_FALSE(verify_token(options, token, end, &cache));
  CHECK_FALSE(verify_token(options, token, now - 2 * day_ms, &cache));  // the clock went back
  CHECK(verify_token(options, token, now, &cache) == ada);
}

TEST_CASE("a cookie that was verified before is remembered whole, and so is asked again") {
  const auto options = strict();
  TokenCache cache;
  Request request;
  request.headers.add("Cookie", session_cookie(options, issue_token(options, ada, now)));
  CHECK(session_of(options, request, now, &cache) == ada);
  CHECK(cache.size() == 1);
  CHECK(session_of(options, request, now, &cache) == ada);
  CHECK(cache.size() == 1);
  const TimeMs end = (now_s + options.token_ttl_ms / 1000) * 1000;
  CHECK_FALSE(session_of(options, request, end, &cache));
}

TEST_CASE("a token that is known by its first bytes only is a stranger") {
  const auto options = strict();
  const auto token = issue_token(options, ada, now);
  TokenCache cache;
  REQUIRE(verify_token(options, token, now, &cache));
  for (std::size_t at = 0; at < token.size(); ++at) {
    CAPTURE(at);
    auto wrong = token;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    // The last digit has bits that mean nothing, so another one may say the same.
    if (at + 1 < token.size()) CHECK_FALSE(verify_token(options, wrong, now, &cache));
  }
  CHECK_FALSE(verify_token(options, token + "A", now, &cache));
  CHECK_FALSE(verify_token(options, token.substr(0, token.size() - 1), now, &cache));
}

TEST_CASE("what was refused is not kept, nor what is too long to keep") {
  auto options = strict();
  TokenCache cache;
  CHECK_FALSE(verify_token(options, issue_token(options, ada, now) + "A", now, &cache));
  auto other = options;
  other.key = "another key";
  CHECK_FALSE(verify_token(options, issue_token(other, ada, now), now, &cache));
  CHECK(cache.size() == 0);
  const Session long_name{UserId{"ada"}, std::string(TokenCache::token_bytes_max, 'a'), now_s};
  const auto long_token = issue_token(options, long_name, now);
  for (int i = 0; i < 2; ++i) CHECK(verify_token(options, long_token, now, &cache) == long_name);
  CHECK(cache.size() == 0);
}

TEST_CASE("the token cache keeps those that are used, and no more than it may") {
  TokenCache cache{8};
  const auto holds = [&](const std::string& token) { return cache.find(token).has_value(); };
  cache.add("used", {ada, std::nullopt, std::nullopt});
  for (int i = 0; i < 100; ++i) {
    cache.add("once " + std::to_string(i), {ada, std::nullopt, std::nullopt});
    CHECK(cache.size() <= 8);
    CHECK(holds("used"));
  }
  CHECK(holds("once 99"));
  CHECK_FALSE(holds("once 50"));
  CHECK_FALSE(holds("never"));
}
