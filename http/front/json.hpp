// JSON as an answer.
#pragma once

#include <cstdint>
#include <string>

#include "base/json_writer.hpp"
#include "http/front/message.hpp"

namespace usher::http {

[[nodiscard]] Response json_response(int status, std::string body);

// 2024-01-13T02:24:06.123Z
[[nodiscard]] std::string iso_time(std::int64_t at_ms);

}  // namespace usher::http
