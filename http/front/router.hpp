// Method and path -> coroutine. Paths are compared without case and with or without a trailing
// slash; literal segments win over parameters ("/api/tickets/mine" before "/api/tickets/:id").
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

// The request is the connection's and lives until the answer is there: nothing on the way copies
// it.
using Handler = std::function<asio::awaitable<Response>(const Request&)>;

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // pattern: "/api/tickets/:id". HEAD is served by GET, without its body.
  Router& on(std::string_view method, std::string_view pattern, Handler handler);
  // For every path that no pattern matches (static files, the page).
  Router& otherwise(Handler handler);

  struct Match {
    const Handler* handler = nullptr;  // null: no such path, or not this method
    std::string_view pattern;  // for metrics and logs: bounded number of values; the router's
    std::string allow;         // "GET, POST": set when the path exists under other methods
  };
  // Fills request.path_params. Thread-safe once all routes are added.
  [[nodiscard]] Match match(Request& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace usher::http
