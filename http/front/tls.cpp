#include "http/front/tls.hpp"

#include <openssl/ssl.h>

namespace usher::http {

tl::expected<void, std::string> TlsContext::load() {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  asio::error_code error;
  const auto failed = [&](const std::string& what) {
    return tl::unexpected(what + ": " + error.message());
  };
  context->use_certificate_chain_file(files_.certificate, error);
  if (error) return failed("certificate " + files_.certificate);
  context->use_private_key_file(files_.key, asio::ssl::context::pem, error);
  if (error) return failed("key " + files_.key);

  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_check_private_key(native) != 1)
    return tl::unexpected("key " + files_.key + " does not belong to " + files_.certificate);
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps none
  // Sessions live in tickets at the client: no table here that grows with clients.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);

  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return {};
}

std::shared_ptr<asio::ssl::context> TlsContext::current() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace usher::http
