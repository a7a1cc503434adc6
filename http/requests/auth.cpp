#include "http/requests/auth.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"
#include "http/front/ascii.hpp"
#include "http/front/base64.hpp"
#include "http/front/bearer.hpp"
#include "http/requests/token_cache.hpp"

namespace usher::http {
namespace {

constexpr std::string_view second_cookie_name = "session";
// A request with more cookies of one name is an attack on our time.
constexpr std::size_t cookies_of_a_name_max = 4;

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), mac, &size))
    return {};
  return {reinterpret_cast<const char*>(mac), size};
}

using Json = nlohmann::json;

// nullopt unless it is the text of an object. The bytes are limited by the caller.
std::optional<Json> json_object(std::string_view text) {
  auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::optional<Json> json_part(std::string_view base64_text) {
  const auto text = from_base64(base64_text);
  return text ? json_object(*text) : std::nullopt;
}

std::optional<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// NumericDate: seconds, possibly with a fraction, which is dropped.
std::optional<std::int64_t> time_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (!(std::abs(seconds) < 1e15)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(seconds));
}

// A member that is there but is not a time is a reason to refuse, not to ignore it.
bool is_absent_or_time(const Json& object, const char* name) {
  return !object.contains(name) || time_member(object, name);
}

// Tokens from before there were session versions, and of accounts that never signed out, have none.
constexpr const char* session_version_claim = "sv";
constexpr std::uint64_t session_version_max = std::uint64_t{1} << 53;  // exact in every JSON

std::optional<std::uint64_t> session_version(const Json& payload) {
  const auto found = payload.find(session_version_claim);
  if (found == payload.end()) return 0;
  if (!found->is_number_unsigned()) return std::nullopt;
  const auto version = found->get<std::uint64_t>();
  return version <= session_version_max ? std::optional(version) : std::nullopt;
}

// nullopt unless a holder of the key has signed it and it is a session.
std::optional<Claims> signed_claims(const AuthOptions& options, std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;

  // A third dot would be part of the signature, where it is no digit.
  const auto mac = from_base64(token.substr(second + 1));
  const auto expected = hmac_sha256(options.key, token.substr(0, second));
  if (!mac || expected.empty() || !equal_in_constant_time(*mac, expected)) return std::nullopt;

  // From here on the text is one that a holder of the key has signed.
  const auto header = json_part(token.substr(0, first));
  if (!header || text_member(*header, "alg") != "HS256" || header->contains("crit"))
    return std::nullopt;
  const auto payload = json_part(token.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  for (const char* name : {"exp", "nbf", "iat"})
    if (!is_absent_or_time(*payload, name)) return std::nullopt;
  const auto id = text_member(*payload, "id");
  if (!id || id->empty() || id->size() > options.user_id_bytes_max) return std::nullopt;
  const auto version = session_version(*payload);
  if (!version) return std::nullopt;
  Claims claims{{UserId{*id}, text_member(*payload, "email"), time_member(*payload, "iat")},
                time_member(*payload, "exp"),
                time_member(*payload, "nbf")};
  claims.session.version = *version;
  return claims;
}

bool is_in_force(const AuthOptions& options, const Claims& claims, TimeMs now) {
  if (claims.expires_s && now >= *claims.expires_s * 1000) return false;
  if (claims.starts_s && now < *claims.starts_s * 1000) return false;
  if (options.token_ttl_ms == 0) return true;
  if (!claims.session.issued_s) return false;
  const DurationMs age_ms = now - *claims.session.issued_s * 1000;
  return age_ms < options.token_ttl_ms && age_ms >= -options.clock_skew_ms_max;
}

// When is_in_force() will be over.
std::optional<TimeMs> end_of(const AuthOptions& options, const Claims& claims) {
  std::optional<TimeMs> end;
  if (claims.expires_s) end = *claims.expires_s * 1000;
  if (options.token_ttl_ms == 0 || !claims.session.issued_s) return end;
  const TimeMs too_old = *claims.session.issued_s * 1000 + options.token_ttl_ms;
  return end ? std::min(*end, too_old) : too_old;
}

std::optional<Claims> claims_of_token(const AuthOptions& options, std::string_view token) {
  if (options.key.empty() || token.size() > options.token_bytes_max) return std::nullopt;
  return signed_claims(options, token);
}

std::optional<Claims> claims_of_cookie(const AuthOptions& options, std::string_view value) {
  // The token is encoded twice in it, each time a third longer; blanks and names are few.
  if (value.size() > 4 * options.token_bytes_max) return std::nullopt;
  std::string decoded;
  if (value.find('%') != std::string_view::npos) {  // some clients encode "=" and "+"
    auto plain = percent_decoded(value, false);
    if (!plain) return std::nullopt;
    decoded = std::move(*plain);
    value = decoded;
  }
  const auto holder = json_part(value);
  if (!holder) return std::nullopt;
  const auto token = text_member(*holder, "jwt");
  return token ? claims_of_token(options, *token) : std::nullopt;
}

// `text` is a token, or a cookie that holds one, and `read` verifies it: once, as long as it is
// remembered. Whether it is in force is asked each time.
template <class Read>
std::optional<Session> session_from(const AuthOptions& options, std::string_view text, TimeMs now,
                                    TokenCache* cache, Read read) {
  auto claims = cache != nullptr ? cache->find(text) : std::nullopt;
  if (!claims) {
    claims = read(options, text);
    if (claims && cache != nullptr) cache->add(text, *claims);
  }
  if (!claims || !is_in_force(options, *claims, now)) return std::nullopt;
  claims->session.ends_at = end_of(options, *claims);
  return std::move(claims->session);
}

}  // namespace

std::string issue_token(const AuthOptions& options, const Session& session, TimeMs now) {
  const std::int64_t issued_s = now / 1000;
  const auto payload = json_of([&](JsonWriter& json) {
    json.begin_object();
    json.field("id", session.user.text).field("email", session.email.value_or(""));
    json.field("iat", issued_s);
    if (session.version > 0) json.field(session_version_claim, session.version);
    if (options.token_ttl_ms > 0) json.field("exp", issued_s + options.token_ttl_ms / 1000);
    json.end_object();
  });
  std::string token = base64_url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64_url(payload);
  const std::string mac = hmac_sha256(options.key, token);
  return token + '.' + base64_url(mac);
}

std::optional<Session> verify_token(const AuthOptions& options, std::string_view token, TimeMs now,
                                    TokenCache* cache) {
  return session_from(options, token, now, cache, claims_of_token);
}

std::vector<std::string_view> cookies(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [header, text] : request.headers.entries) {
    if (!equal_without_case(header, "Cookie")) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != name) continue;
      auto value = trimmed(pair.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      values.push_back(value);
    }
  }
  return values;
}

std::optional<Session> session_of(const AuthOptions& options, const Request& request, TimeMs now,
                                  TokenCache* cache) {
  if (const auto token = bearer_token(request))
    if (auto session = verify_token(options, *token, now, cache)) return session;
  for (const std::string_view name : {std::string_view{options.cookie_name}, second_cookie_name}) {
    auto values = cookies(request, name);
    if (values.size() > cookies_of_a_name_max) values.resize(cookies_of_a_name_max);
    for (const auto value : values)
      if (auto session = session_from(options, value, now, cache, claims_of_cookie)) return session;
  }
  return std::nullopt;
}

bool is_operator(const AuthOptions& options, const Request& request) {
  return has_bearer(request, options.operator_token);
}

std::string session_cookie(const AuthOptions& options, std::string_view token) {
  const auto holder =
      json_of([&](JsonWriter& json) { json.begin_object().field("jwt", token).end_object(); });
  std::string cookie = options.cookie_name + '=' + base64(holder) + "; path=/; httponly";
  if (options.cookie_secure) cookie += "; secure";
  if (options.cookie_samesite != "off") cookie += "; samesite=" + options.cookie_samesite;
  return cookie;
}

std::string clearing_cookie(const AuthOptions& options) {
  return options.cookie_name + "=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly";
}

}  // namespace usher::http
