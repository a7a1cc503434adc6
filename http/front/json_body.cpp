#include "http/front/json_body.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"

namespace usher::http {
namespace {

using Kind = JsonField::Kind;

// With long double, numbers that a double cannot hold ("1e309") are still numbers: the rule of
// their field says what is wrong with them, instead of "malformed".
using WideJson = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t,
                                      std::uint64_t, long double>;

// What JavaScript's String(number) prints: the shortest digits that mean the same double, without
// an exponent between 1e-6 and 1e21.
std::string number_as_javascript(const std::string& written) {
  const double value = std::strtod(written.c_str(), nullptr);
  if (!std::isfinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= 1e-6 && size < 1e21);
  std::array<char, 64> text{};
  const auto form = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value == 0 ? 0.0 : value, form);
  std::string out{text.data(), end.ptr};
  const auto exponent = out.find_first_of("e");  // 1e-07 is 1e-7 there
  if (exponent != std::string::npos && out.size() == exponent + 4 && out[exponent + 2] == '0')
    out.erase(exponent + 2, 1);
  return out;
}

// Receives the parser's events; keeps the fields of the outermost object. Its functions are named
// and typed by nlohmann::json_sax; false stops the parser.
class FieldReader {
 public:
  explicit FieldReader(std::size_t depth_max) : depth_max_(depth_max) {}

  bool null() { return value({Kind::null, ""}); }
  bool boolean(bool b) { return value({Kind::boolean, b ? "true" : "false"}); }
  bool number_integer(std::int64_t n) { return value({Kind::number, std::to_string(n)}); }
  bool number_unsigned(std::uint64_t n) { return value({Kind::number, std::to_string(n)}); }
  bool number_float(long double, const std::string& written) {
    return value({Kind::number, written});
  }
  bool string(std::string& text) { return value({Kind::string, std::move(text)}); }
  bool binary(WideJson::binary_t&) { return false; }  // no such thing in JSON text

  bool start_object(std::size_t) { return open({Kind::object, ""}); }
  bool start_array(std::size_t) { return open({Kind::empty_array, ""}); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (depth_ == 1) name_ = std::move(name);
    return true;
  }
  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception& error) {
    // 406: a number beyond even a long double.
    if (error.id == 406 && depth_ == 1)
      error_ = {400, {code::number_out_of_range, "The number is out of range", name_}};
    return false;
  }

  [[nodiscard]] const BodyError& error() const { return error_; }
  [[nodiscard]] JsonBody take() { return std::move(body_); }

 private:
  bool value(JsonField field) {
    if (depth_ == 0) return false;  // the whole body is a number or a word
    if (depth_ == 1 && !top_is_array_) set(std::move(field));
    if (depth_ == 2) mark_array();
    return true;
  }
  bool open(JsonField field) {
    if (depth_ == depth_max_) {
      error_.complaint.message = "The JSON is nested too deeply";
      return false;
    }
    if (depth_ == 0) top_is_array_ = field.kind == Kind::empty_array;
    if (depth_ == 1 && !top_is_array_) set(std::move(field));
    if (depth_ == 2) mark_array();
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  void set(JsonField field) {
    for (auto& [name, known] : body_.fields)
      if (name == name_) {
        known = std::move(field);
        return;
      }
    // No route has more fields than this; others are ignored, however many there are.
    if (body_.fields.size() < fields_max) body_.fields.emplace_back(name_, std::move(field));
  }
  // Something was met inside a field: if that is an array, it is not empty.
  void mark_array() {
    if (top_is_array_ || body_.fields.empty()) return;
    for (auto& [name, field] : body_.fields)
      if (name == name_ && field.kind == Kind::empty_array) field.kind = Kind::array;
  }

  static constexpr std::size_t fields_max = 64;

  std::size_t depth_max_;
  std::size_t depth_ = 0;
  bool top_is_array_ = false;
  std::string name_;
  JsonBody body_;
  BodyError error_{400, {code::malformed_json, "Malformed JSON"}};
};

struct ContentType {
  bool is_json = false;
  bool is_utf8 = true;
};

ContentType content_type_of(const Request& request) {
  const auto header = request.headers.find("Content-Type");
  if (!header) return {};
  const auto semicolon = header->find(';');
  ContentType type;
  type.is_json = equal_without_case(trimmed(header->substr(0, semicolon)), "application/json");
  auto rest = semicolon == std::string_view::npos ? "" : header->substr(semicolon + 1);
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const auto parameter = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!equal_without_case(trimmed(parameter.substr(0, equals)), "charset")) continue;
    auto charset = trimmed(parameter.substr(equals + 1));
    if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"')
      charset = charset.substr(1, charset.size() - 2);
    type.is_utf8 = equal_without_case(charset, "utf-8") || equal_without_case(charset, "utf8") ||
                   equal_without_case(charset, "us-ascii");
  }
  return type;
}

bool is_plain(const Request& request) {
  const auto codings = request.headers.joined("Content-Encoding");
  return !codings || trimmed(*codings).empty() || equal_without_case(trimmed(*codings), "identity");
}

}  // namespace

std::optional<std::string> JsonField::as_text() const {
  switch (kind) {
    case Kind::null:
    case Kind::empty_array:
      return "";
    case Kind::boolean:
    case Kind::string:
      return text;
    case Kind::number:
      return number_as_javascript(text);
    case Kind::array:
    case Kind::object:
      break;
  }
  return std::nullopt;
}

const JsonField* JsonBody::find(std::string_view name) const {
  for (const auto& [key, field] : fields)
    if (key == name) return &field;
  return nullptr;
}

std::optional<std::string> JsonBody::text(std::string_view name) const {
  const auto* field = find(name);
  return field ? field->as_text() : "";
}

Response problem(const BodyError& error) {
  auto response = error_response(error.status, Complaints{error.complaint});
  // RFC 9110, section 15.5.16: what would be taken.
  if (error.complaint.code == code::unsupported_media_type)
    response.header("Accept", "application/json");
  if (error.complaint.code == code::unsupported_encoding)
    response.header("Accept-Encoding", "identity");
  return response;
}

tl::expected<JsonBody, BodyError> parse_body(const Request& request, const BodyRules& rules) {
  const auto unsupported = [](ErrorCode code, const char* why) {
    return tl::unexpected{BodyError{415, {code, why}}};
  };
  if (request.body.empty()) return JsonBody{};
  const auto type = content_type_of(request);
  if (rules.json_only && !is_plain(request))
    return unsupported(code::unsupported_encoding,
                       "The body must not be compressed: send it without Content-Encoding");
  if (!type.is_json && rules.json_only)
    return unsupported(code::unsupported_media_type,
                       "The body must be JSON: send it with Content-Type: application/json");
  if (!type.is_json) return JsonBody{};
  if (!type.is_utf8)
    return tl::unexpected{
        BodyError{rules.json_only ? 415 : 400,
                  {code::unsupported_charset, "Only the charset UTF-8 is understood"}}};
  FieldReader reader{rules.depth_max};
  // The parser takes a NUL for the end of its input; in JSON text there is no such byte.
  if (request.body.find('\0') != std::string::npos) return tl::unexpected{reader.error()};
  if (!WideJson::sax_parse(request.body, &reader)) return tl::unexpected{reader.error()};
  return reader.take();
}

}  // namespace usher::http
