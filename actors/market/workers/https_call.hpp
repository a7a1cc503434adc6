// One HTTP(S) call to somebody else's service, by libcurl: bounded in time and size as a whole, so
// that a server that drips one byte a minute, or never ends, holds a worker no longer than one that
// is silent. Blocks; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/ids.hpp"

namespace usher {

using Form = std::vector<std::pair<std::string, std::string>>;

struct HttpsCall {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  const Form* post = nullptr;        // null: GET
  DurationMs timeout_ms = 10'000;    // for all of it
  std::size_t body_bytes_max = 1 << 20;
  std::string ca_file;  // empty: the system's certificates
};
struct HttpsAnswer {
  int status = 0;
  std::string body;
};
struct NoAnswer {
  std::string why;
  bool was_sent = true;  // the service may have acted; false: it has not seen a byte of the request
};

[[nodiscard]] tl::expected<HttpsAnswer, NoAnswer> call(const HttpsCall& request);

// As it stands in a form or a query.
[[nodiscard]] std::string url_encoded(const Form& form);

}  // namespace usher
