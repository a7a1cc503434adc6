// The commands of the binary beside `serve`: each reads its arguments from main and gives the exit
// status: 0 done, 1 found something wrong or failed, 2 wrong usage.
#pragma once

#include <filesystem>
#include <string>

#include "config/config.hpp"

namespace usher::cli {

struct ServeArguments {
  Config config;
  std::filesystem::path data;
  std::filesystem::path backups;  // where `usher backup --node` puts them
  bool production = false;
};
// Runs a node until SIGTERM or SIGINT. 3: the journal failed, restart me.
int serve(const ServeArguments& arguments);

// Checks a data directory offline against every promise that it can show. `json`: a report on
// standard output instead of text.
int verify(const std::filesystem::path& data, bool json);

// Writes every event as a line of JSON, in feed order, to standard output.
int export_events(const std::filesystem::path& data);

// Drops and rebuilds what is derived: rows, reminders, snapshots.
int rebuild(const std::filesystem::path& data);

// Adds an incremental backup of a data directory to `destination`: of a running node when `node`
// is its address (it is asked over HTTP with USHER_OPERATOR_TOKEN), else offline.
int backup(const std::filesystem::path& data, const std::filesystem::path& destination,
           const std::string& node);

// Makes `data` (which must not exist, or be empty) of the newest backup in `backups`.
int restore(const std::filesystem::path& backups, const std::filesystem::path& data);

}  // namespace usher::cli
