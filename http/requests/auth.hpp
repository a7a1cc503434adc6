// Who is asking: sessions as signed tokens (JWT, HS256) in a cookie or an Authorization header.
// What cannot be verified means signed out. Here a valid signature is enough; whether its account
// has signed out since is asked by the routes (http/routes/sessions).
//
// The MAC is computed with OpenSSL directly: the algorithm is pinned before anything of the token
// is looked at, nothing unsigned is parsed, and the comparison takes constant time (Debian 12's
// libjwt 1.10 compares MACs with strcmp: CVE-2024-25189; it serves the tests as a second opinion).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/market/domain/ids.hpp"
#include "http/front/message.hpp"

namespace usher::http {

struct AuthOptions {
  std::string key;                              // JWT_KEY; never empty
  DurationMs token_ttl_ms = 30LL * 86'400'000;  // 0: tokens never end, of any age
  // How long a look-up of an account's session version counts; 0: nobody is looked up, and a token
  // holds until it ends.
  DurationMs sign_out_delay_ms_max = 0;
  // A token's iat may be ahead: clocks are set back, also by the day that they were ahead.
  DurationMs clock_skew_ms_max = 26LL * 3'600'000;
  std::size_t token_bytes_max = 4096;
  std::size_t user_id_bytes_max = 256;
  std::string cookie_name = "express:sess";  // "session" is read as well
  bool cookie_secure = false;
  std::string cookie_samesite = "lax";  // "off": not sent
  std::string operator_token;           // empty: there is no operator
};

struct Session {
  UserId user;
  std::optional<std::string> email;      // absent only in forged tokens
  std::optional<std::int64_t> issued_s;  // iat, Unix seconds; likewise
  std::optional<TimeMs> ends_at = {};    // when its token does; absent: never
  std::uint64_t version = 0;             // of its account's sessions when the token was issued
  // The same person by the same token: when that ends follows from the settings.
  bool operator==(const Session& other) const {
    return user == other.user && email == other.email && issued_s == other.issued_s &&
           version == other.version;
  }
};

// What a token with a good signature says.
struct Claims {
  Session session;
  std::optional<std::int64_t> expires_s;  // exp, Unix seconds
  std::optional<std::int64_t> starts_s;   // nbf, likewise
};

class TokenCache;

[[nodiscard]] std::string issue_token(const AuthOptions& options, const Session& session,
                                      TimeMs now);
// With a cache, which must only ever be used with these options: the signature of a token that it
// holds is not computed again; whether the token is in force is always asked anew.
[[nodiscard]] std::optional<Session> verify_token(const AuthOptions& options,
                                                  std::string_view token, TimeMs now,
                                                  TokenCache* cache = nullptr);

// The first that verifies: Authorization: Bearer, then the cookies.
[[nodiscard]] std::optional<Session> session_of(const AuthOptions& options, const Request& request,
                                                TimeMs now, TokenCache* cache = nullptr);
[[nodiscard]] bool is_operator(const AuthOptions& options, const Request& request);

// Values for Set-Cookie.
[[nodiscard]] std::string session_cookie(const AuthOptions& options, std::string_view token);
[[nodiscard]] std::string clearing_cookie(const AuthOptions& options);

// Values of all cookies of this name, in the order sent.
[[nodiscard]] std::vector<std::string_view> cookies(const Request& request, std::string_view name);

}  // namespace usher::http
