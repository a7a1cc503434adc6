// Who is asking: the socket's address, or behind trusted proxies what they say.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "http/front/message.hpp"

namespace usher::http {

// An IPv4 address that arrived on an IPv6 socket is the IPv4 address.
[[nodiscard]] asio::ip::address unmapped(const asio::ip::address& address);

// Networks such as 10.0.0.0/8, 192.0.2.1 or fd00::/8.
class Networks {
 public:
  // The error names the entry that is none.
  [[nodiscard]] static tl::expected<Networks, std::string> parse(
      const std::vector<std::string>& texts);
  [[nodiscard]] bool contain(const asio::ip::address& address) const;

 private:
  struct Network {
    asio::ip::address_v6 base;  // IPv4 as mapped
    int bits;
  };
  std::vector<Network> networks_;
};

struct Client {
  asio::ip::address address;
  bool secure = false;
};

// `peer` is a trusted proxy: the client is the last address in X-Forwarded-For that is none, and
// the last X-Forwarded-Proto tells whether it spoke TLS to the proxy.
[[nodiscard]] Client forwarded_client(const Headers& headers, const asio::ip::address& peer,
                                      bool peer_is_secure, const Networks& trusted);

}  // namespace usher::http
