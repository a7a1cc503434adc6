// The certificate that new connections are shown; it can be replaced while others are open.
#pragma once

#include <asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>

namespace usher::http {

struct TlsFiles {
  std::string certificate;  // PEM, with the chain; empty: no TLS
  std::string key;          // PEM
};

class TlsContext {
 public:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}

  // Reads the files again. On an error the context in use stays.
  [[nodiscard]] tl::expected<void, std::string> load();
  // Null before the first load. Any thread.
  [[nodiscard]] std::shared_ptr<asio::ssl::context> current() const;

 private:
  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace usher::http
