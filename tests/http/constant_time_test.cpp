// Secrets are compared by CRYPTO_memcmp, over their whole length. Time is too noisy to be tested;
// who calls what is not: this program has a CRYPTO_memcmp of its own, which the linker takes
// instead of the library's, and which counts. (That OpenSSL's own takes the same time for every
// content is OpenSSL's promise.) libcrypto.so calls this one as well, in every thread that reads
// TLS: it notes only what the thread compares that asked for it.
#include <doctest/doctest.h>

#include <vector>

#include "actors/market/workers/password.hpp"
#include "http/requests/auth.hpp"

namespace {

// Where the length of each comparison of this thread is noted; null: nowhere.
thread_local std::vector<std::size_t>* noted = nullptr;

std::vector<std::size_t> lengths_of(const auto& deed) {
  std::vector<std::size_t> lengths;
  noted = &lengths;
  deed();
  noted = nullptr;
  return lengths;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's name
extern "C" int CRYPTO_memcmp(const void* a, const void* b, std::size_t size) {
  if (noted != nullptr) noted->push_back(size);
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  unsigned char difference = 0;
  for (std::size_t i = 0; i < size; ++i)
    difference = static_cast<unsigned char>(difference | (x[i] ^ y[i]));
  return difference;
}

using namespace usher;
using namespace usher::http;
using Lengths = std::vector<std::size_t>;

TEST_CASE("a token's signature is compared whole, wherever it differs") {
  AuthOptions auth;
  auth.key = "a key";
  const TimeMs now = 1'705'111'746'123;
  const auto token = issue_token(auth, Session{UserId{"ada"}, "ada@x.co", std::nullopt}, now);
  constexpr std::size_t mac_bytes = 32;
  CHECK(lengths_of([&] { CHECK(verify_token(auth, token, now)); }) == Lengths{mac_bytes});
  const auto signature = token.rfind('.') + 1;
  for (const auto at : {signature, signature + 20, token.size() - 2}) {
    CAPTURE(at);
    auto wrong = token;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    CHECK(lengths_of([&] { CHECK_FALSE(verify_token(auth, wrong, now)); }) == Lengths{mac_bytes});
  }
}

TEST_CASE("the operator's token is compared whole") {
  AuthOptions auth;
  auth.operator_token = "0123456789abcdef";
  for (const std::string token : {"0123456789abcdef", "X123456789abcdef", "0123456789abcdeX"}) {
    CAPTURE(token);
    Request request;
    request.headers.add("Authorization", "Bearer " + token);
    const auto lengths =
        lengths_of([&] { CHECK(is_operator(auth, request) == (token == auth.operator_token)); });
    CHECK(lengths == Lengths{token.size()});
  }
}

TEST_CASE("a password's hash is compared whole; without one as much is computed") {
  const ScryptParameters cheap{.n = 16, .r = 1, .p = 1};
  const auto hash = hash_password("secret", std::string(16, 's'), cheap);
  constexpr std::size_t hash_bytes = 32;
  CHECK(lengths_of([&] { CHECK(verify_password("secret", hash, cheap)); }) == Lengths{hash_bytes});
  CHECK(lengths_of([&] { CHECK_FALSE(verify_password("wrong", hash, cheap)); }) ==
        Lengths{hash_bytes});
  CHECK_FALSE(verify_password("secret", "", cheap));
}
