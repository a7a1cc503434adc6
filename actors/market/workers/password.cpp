#include "actors/market/workers/password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/hex.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t salt_bytes = 16;
// The largest that the settings allow, and what OpenSSL adds to it.
constexpr std::uint64_t memory_bytes_max = (std::uint64_t{1} << 30) + (std::uint64_t{1} << 20);

using Hash = std::array<unsigned char, hash_bytes>;

std::optional<Hash> scrypt(std::string_view password, std::string_view salt,
                           const ScryptParameters& parameters) {
  Hash out{};
  const int done =
      EVP_PBE_scrypt(password.data(), password.size(),
                     reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), parameters.n,
                     parameters.r, parameters.p, memory_bytes_max, out.data(), out.size());
  if (done != 1) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Stored {
  ScryptParameters parameters;
  std::string salt;
  std::string hash;
};

std::optional<Stored> parse(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0;;) {
    const auto end = text.find('$', start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) break;
    start = end + 1;
  }
  if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
  const auto n = to_number(parts[1]), r = to_number(parts[2]), p = to_number(parts[3]);
  auto salt = from_hex(parts[4]), hash = from_hex(parts[5]);
  if (!n || !r || !p || !salt || !hash || hash->size() != hash_bytes) return std::nullopt;
  return Stored{{*n, *r, *p}, *std::move(salt), *std::move(hash)};
}

}  // namespace

std::string hash_password(std::string_view password, std::string_view salt,
                          const ScryptParameters& parameters) {
  const auto hash = scrypt(password, salt, parameters);
  if (!hash) return {};
  return "scrypt$" + std::to_string(parameters.n) + "$" + std::to_string(parameters.r) + "$" +
         std::to_string(parameters.p) + "$" + to_hex(salt) + "$" +
         to_hex({reinterpret_cast<const char*>(hash->data()), hash->size()});
}

bool verify_password(std::string_view password, std::string_view hash,
                     const ScryptParameters& parameters) {
  const auto stored = parse(hash);
  const std::string salt = stored ? stored->salt : std::string(salt_bytes, '\0');
  const auto computed = scrypt(password, salt, stored ? stored->parameters : parameters);
  if (!stored || !computed) return false;
  return CRYPTO_memcmp(computed->data(), stored->hash.data(), hash_bytes) == 0;
}

std::string random_salt() {
  std::string salt(salt_bytes, '\0');
  const int done =
      RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size()));
  INVARIANT(done == 1);
  return salt;
}

}  // namespace usher
