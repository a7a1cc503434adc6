#include "http/front/client_address.hpp"

#include <algorithm>
#include <charconv>

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

asio::ip::address_v6 as_v6(const asio::ip::address& address) {
  return address.is_v6() ? address.to_v6()
                         : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

constexpr int v4_prefix_bits = 96;  // of a mapped address, before the IPv4 part

// "1.2.3.4", "1.2.3.4:80", "[::1]:80" or "::1", as proxies write it.
std::optional<asio::ip::address> address_from(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return unmapped(address);
}

}  // namespace

asio::ip::address unmapped(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

tl::expected<Networks, std::string> Networks::parse(const std::vector<std::string>& texts) {
  Networks networks;
  for (const std::string& text : texts) {
    const auto slash = std::min(text.find('/'), text.size());
    asio::error_code error;
    const auto address = asio::ip::make_address(text.substr(0, slash), error);
    if (error) return tl::unexpected(text);
    const int bits_max = address.is_v4() ? 32 : 128;
    int bits = bits_max;
    if (slash < text.size()) {
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + slash + 1, end, bits);
      if (read.ec != std::errc{} || read.ptr != end || bits < 0 || bits > bits_max)
        return tl::unexpected(text);
    }
    networks.networks_.push_back({as_v6(address), address.is_v4() ? bits + v4_prefix_bits : bits});
  }
  return networks;
}

bool Networks::contain(const asio::ip::address& address) const {
  const auto bytes = as_v6(address).to_bytes();
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const auto base = network.base.to_bytes();
    for (int bit = 0; bit < network.bits; bit += 8) {
      const auto left = std::min(8, network.bits - bit);
      const auto mask = static_cast<unsigned>(0xff00 >> left) & 0xffU;
      const auto at = static_cast<std::size_t>(bit / 8);
      if ((base[at] & mask) != (bytes[at] & mask)) return false;
    }
    return true;
  });
}

Client forwarded_client(const Headers& headers, const asio::ip::address& peer, bool peer_is_secure,
                        const Networks& trusted) {
  Client client{peer, peer_is_secure};
  std::vector<std::string_view> hops;
  for (const auto& [name, value] : headers.entries) {
    if (equal_without_case(name, "X-Forwarded-Proto")) {
      const auto comma = value.rfind(',');
      const auto last = comma == std::string::npos ? std::string_view(value)
                                                   : std::string_view(value).substr(comma + 1);
      client.secure = equal_without_case(trimmed(last), "https");
    }
    if (!equal_without_case(name, "X-Forwarded-For")) continue;
    std::string_view list = value;
    while (true) {
      const auto comma = list.find(',');
      hops.push_back(trimmed(list.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  // From the nearest hop outwards; what stands before an address that nobody trusted wrote may be
  // invented.
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = address_from(*hop);
    if (!address) break;
    client.address = *address;
    if (!trusted.contain(*address)) break;
  }
  return client;
}

}  // namespace usher::http
