// cpp-httplib turns the head of a framed request into a Request. One parser per io thread: it is
// not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "http/front/framing.hpp"
#include "http/front/message.hpp"

namespace usher::http {

class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Fills method, target, path, query, headers and body. The error is a reason for a 400.
  [[nodiscard]] tl::expected<Request, std::string> parse(FramedRequest framed);

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace usher::http
