// The node's log: lines on standard error.
#pragma once

#include <string>

#include "config/config.hpp"
#include "http/front/front.hpp"

namespace usher::cli {

// Makes spdlog's default logger. Lines are gathered and written together, some times a second, by a
// thread of their own: no thread that serves requests waits for a terminal, nor wakes another one
// for each line. A warning or worse is written at once. When standard error takes nothing, the
// newest lines are dropped and counted, not requests. spdlog::shutdown() writes what is left.
void start_log(const LogSettings& settings);

// A message that is no access line, in the form that the log has.
[[nodiscard]] std::string line(const LogSettings& settings, const std::string& text);

// The access line of one request. Any thread.
void log_request(const LogSettings& settings, const http::RequestSeen& seen);

}  // namespace usher::cli
