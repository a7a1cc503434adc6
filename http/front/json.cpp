#include "http/front/json.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

namespace usher::http {

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.header("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

std::string iso_time(std::int64_t at_ms) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds{at_ms}};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  char text[40];
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace usher::http
