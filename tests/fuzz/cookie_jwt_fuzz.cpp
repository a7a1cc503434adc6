// Cookies and tokens: without the key nobody gets in; with a valid signature over any bytes, who
// gets in has a usable id.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <cstdlib>

#include "http/front/base64.hpp"
#include "http/requests/auth.hpp"

namespace {

using namespace usher;
using namespace usher::http;

constexpr TimeMs now = 1'705'111'746'123;

void demand(bool promise) {
  if (!promise) std::abort();
}

AuthOptions options() {
  AuthOptions options;
  options.key = "a key that the fuzzer does not know: 6f1d0c5b8a";
  options.operator_token = "nor does it know this: 91c2e7";
  options.token_ttl_ms = 0;
  return options;
}

std::string signed_token(const AuthOptions& auth, std::string_view header,
                         std::string_view payload) {
  const auto text = base64_url(header) + '.' + base64_url(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), auth.key.data(), static_cast<int>(auth.key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return text + '.' + base64_url({reinterpret_cast<const char*>(mac), size});
}

void check_signed(const AuthOptions& auth, std::string_view header, std::string_view payload) {
  const auto session = verify_token(auth, signed_token(auth, header, payload), now);
  if (!session) return;
  demand(!session->user.text.empty() && session->user.text.size() <= auth.user_id_bytes_max);
  // Issuing it anew changes nothing but the time, as long as it fits.
  const auto again = issue_token(auth, *session, now);
  if (again.size() > auth.token_bytes_max) return;
  const auto same = verify_token(auth, again, now);
  demand(same && same->user == session->user);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AuthOptions auth = options();
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};

  for (const std::string prefix : {"", "express:sess=", "session="}) {
    Request request;
    request.headers.add("Cookie", prefix + std::string{bytes});
    demand(!session_of(auth, request, now));
  }
  for (const std::string prefix : {"", "Bearer "}) {
    Request request;
    request.headers.add("Authorization", prefix + std::string{bytes});
    demand(!session_of(auth, request, now) && !is_operator(auth, request));
  }
  demand(!verify_token(auth, bytes, now));

  const auto half = size / 2;
  check_signed(auth, R"({"alg":"HS256"})", bytes);
  check_signed(auth, bytes.substr(0, half), bytes.substr(half));
  demand(from_base64(base64(bytes)) == bytes);
  demand(from_base64(base64_url(bytes)) == bytes);
  return 0;
}
