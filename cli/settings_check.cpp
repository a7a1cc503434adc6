#include "cli/settings_check.hpp"

#include <httplib.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdlib>

#include "cli/data_directory.hpp"
#include "cli/settings.hpp"
#include "http/front/client_address.hpp"
#include "http/front/tls.hpp"

namespace usher::cli {
namespace {

namespace fs = std::filesystem;

// Is it an address of this machine, and may we have the port? Whether it is taken is another
// question: that changes from one moment to the next.
tl::expected<void, std::string> check_listen(const std::string& listen) {
  const auto at = resolve_listen(listen);
  if (!at) return tl::unexpected(at.error());
  asio::error_code error;
  const asio::ip::tcp::endpoint endpoint{asio::ip::make_address(at->address, error), at->port};
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor{context};
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error || error == asio::error::address_in_use) return {};
  return tl::unexpected("can't be listened on here: " + error.message());
}

}  // namespace

std::vector<ConfigError> check_here(const Config& config, const fs::path& data,
                                    const fs::path& backups) {
  std::vector<ConfigError> errors;
  const auto wrong = [&](std::string key, std::string value, std::string why) {
    errors.push_back({"settings", std::move(key), std::move(value), std::move(why)});
  };
  // With a socket of the service manager that one counts (usher.socket).
  const bool is_inherited = std::getenv("LISTEN_FDS") != nullptr;
  if (const auto listens = check_listen(config.server.listen); !is_inherited && !listens)
    wrong("server.listen", config.server.listen, listens.error());
  if (const auto proxies = http::Networks::parse(config.server.trusted_proxies); !proxies)
    wrong("server.trusted_proxies", proxies.error(), "is no address and no network");
  if (config.tls.is_on())
    if (const auto loaded = http::TlsContext{{config.tls.cert, config.tls.key}}.load(); !loaded)
      wrong("tls.cert", config.tls.cert, loaded.error());
  if (const httplib::Client client{config.payments.stripe_base_url}; !client.is_valid())
    wrong("payments.stripe_base_url", config.payments.stripe_base_url, "can't be called");
  if (const auto why = why_not_there(data, backups); !why.empty())
    wrong("--backups", backups.string(), why);
  // The default may be missing: then there is the API alone.
  std::error_code ignored;
  const std::string& page = config.web.folder;
  if (page != WebSettings{}.folder && !page.empty() &&
      !fs::exists(fs::path{page} / "index.html", ignored))
    wrong("web.folder", page, "there is no page in it: index.html is missing");
  return errors;
}

}  // namespace usher::cli
