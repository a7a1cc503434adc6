// scrypt (RFC 7914, by OpenSSL). The parameters and the salt stand beside the hash, so that old
// hashes stay good when the parameters are raised: "scrypt$N$r$p$<salt hex>$<hash hex>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

struct ScryptParameters {
  std::uint64_t n = 16'384;  // cost: memory is 128 * n * r bytes
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};

// Blocks for as long as the parameters make it. `salt`: 16 random bytes. Empty: out of memory.
[[nodiscard]] std::string hash_password(std::string_view password, std::string_view salt,
                                        const ScryptParameters& parameters);

// Compares in constant time. A malformed hash is false after as much work as a real one with
// `parameters`, so that an unknown e-mail cannot be told from a wrong password by time.
[[nodiscard]] bool verify_password(std::string_view password, std::string_view hash,
                                   const ScryptParameters& parameters);

// 16 bytes from the system's random generator.
[[nodiscard]] std::string random_salt();

}  // namespace usher
