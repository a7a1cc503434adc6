#include "bench/load/session.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <ctime>

#include "base/hex.hpp"

namespace usher::bench {
namespace {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

// 24 hex digits that depend on the role and the index only.
std::string user_id_of(std::string_view role, std::size_t index) {
  const std::string digest =
      hmac_sha256("usher-load user", std::string(role) + std::to_string(index));
  return to_hex(std::string_view{digest}.substr(0, 12));
}

}  // namespace

std::string forge_token(std::string_view key, std::string_view user_id, std::string_view email,
                        long issued_at) {
  const std::string payload = R"({"id":")" + std::string(user_id) + R"(","email":")" +
                              std::string(email) + R"(","iat":)" + std::to_string(issued_at) + "}";
  const std::string text = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(payload);
  return text + "." + base64url(hmac_sha256(key, text));
}

std::vector<Session> forge_sessions(std::string_view key, std::string_view role, std::size_t count,
                                    SessionForm form) {
  const long now = static_cast<long>(std::time(nullptr));
  std::vector<Session> sessions;
  sessions.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = user_id_of(role, i);
    const std::string email = std::string(role) + std::to_string(i) + "@bench.test";
    const std::string token = forge_token(key, id, email, now);
    sessions.push_back(
        {id, form == SessionForm::cookie
                 ? "Cookie: express:sess=" + base64(R"({"jwt":")" + token + R"("})") + "\r\n"
                 : "Authorization: Bearer " + token + "\r\n"});
  }
  return sessions;
}

}  // namespace usher::bench
