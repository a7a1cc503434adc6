#include "http/front/response_head.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

// The front decides these alone.
bool is_of_the_front(std::string_view name) {
  constexpr std::array<std::string_view, 6> own = {
      "Content-Length", "Date", "Connection", "Transfer-Encoding", "Keep-Alive", "X-Request-Id"};
  return std::any_of(own.begin(), own.end(),
                     [&](std::string_view mine) { return equal_without_case(mine, name); });
}

// A value with a line end in it would be a second header: it is left out.
bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string response_head(const Response& response, const HeadFacts& facts) {
  std::string out;
  constexpr std::size_t usual_bytes = 320;
  out.reserve(usual_bytes);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  add_line(out, "Date", facts.date);
  if (!facts.request_id.empty()) add_line(out, "X-Request-Id", facts.request_id);
  if (facts.content_length) add_line(out, "Content-Length", std::to_string(*facts.content_length));
  if (!facts.keep_alive) {
    add_line(out, "Connection", "close");
  } else if (facts.http_1_0) {
    add_line(out, "Connection", "keep-alive");
  }
  for (const auto& [name, value] : response.headers.entries) {
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), is_token_char);
    if (is_name && is_one_line(value) && !is_of_the_front(name)) add_line(out, name, value);
  }
  out.append("\r\n");
  return out;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string http_date(std::int64_t unix_seconds) {
  constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};  // not strftime: it follows the locale
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                 months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace usher::http
