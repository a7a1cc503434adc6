// The fields of a JSON request body. Only the top level is kept: no route wants more. Numbers keep
// the text they were written as, because money must not pass through floating point.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "http/front/errors.hpp"
#include "http/front/message.hpp"

namespace usher::http {

struct JsonField {
  enum class Kind { null, boolean, number, string, empty_array, array, object };
  Kind kind = Kind::null;
  std::string text;  // string: its value; number: as written; boolean: true or false

  // As the clients' own server took it: null and [] are "", true is "true", a number is what
  // JavaScript would print. nullopt: it cannot be text (an object, an array with elements).
  [[nodiscard]] std::optional<std::string> as_text() const;
};

class JsonBody {
 public:
  // Null when there is no such field. Of several with one name the last counts, as in JavaScript.
  [[nodiscard]] const JsonField* find(std::string_view name) const;
  // as_text() of the field, "" when there is none.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

  std::vector<std::pair<std::string, JsonField>> fields;
};

struct BodyError {
  int status = 400;  // or 415
  Complaint complaint;
};
[[nodiscard]] Response problem(const BodyError& error);

struct BodyRules {
  std::size_t depth_max = 32;
  // False: a body that is not application/json counts as {}, and its Content-Encoding is not
  // looked at: what some clients rely on.
  bool json_only = true;
};

// An empty body counts as {}. 400: malformed, not UTF-8, too deep, neither an object nor an array.
// 415: not JSON, compressed, in another charset than UTF-8.
[[nodiscard]] tl::expected<JsonBody, BodyError> parse_body(const Request& request,
                                                           const BodyRules& rules);

}  // namespace usher::http
