// The commands of the binary beside `serve`: each reads its arguments from main and gives the exit
// status: 0 done, 1 found something wrong or failed, 2 wrong usage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "config/config.hpp"

namespace usher::cli {

struct ServeArguments {
  Config config;
  std::string config_file;  // where it is from, for the log; may be empty
  std::filesystem::path data;
  std::filesystem::path backups;  // where `usher backup --node` puts them
  bool production = false;
  bool expect_data = false;  // refuse to start where no store is
};
// Runs a node until SIGTERM or SIGINT. 3: the journal failed, restart me.
int serve(const ServeArguments& arguments);

// Checks a data directory offline against every promise that it can show. `json`: a report on
// standard output instead of text.
int verify(const std::filesystem::path& data, bool json);

// Writes every event as a line of JSON, in feed order, to standard output.
int export_events(const std::filesystem::path& data);

// Payments in doubt of a running node, as JSON lines: asked over HTTP with USHER_OPERATOR_TOKEN.
int list_unsettled(const std::string& node);

// What an operator has found out about one of them; recorded in the order's history.
struct Settlement {
  std::string node;  // its address
  std::string order;
  std::string payment;
  std::string verdict;  // captured, not_charged, refunded
  std::string charge;   // the gateway's name for the money that was captured
  std::string note;
};
int settle(const Settlement& settlement);

// Drops and rebuilds what is derived: rows, reminders, snapshots.
int rebuild(const std::filesystem::path& data);

// Adds an incremental backup of a stopped node's data directory to `backups`, and removes old ones
// beyond `kept_max`.
int backup(const std::filesystem::path& data, const std::filesystem::path& backups,
           std::size_t kept_max);
// Asks a running node for one, over HTTP with USHER_OPERATOR_TOKEN.
int backup_node(const std::string& address);
int list_backups(const std::filesystem::path& backups, bool json);
int remove_backup(const std::filesystem::path& backups, std::uint32_t number);

// Makes `data` (which must not exist, or be empty) of a backup; nullopt: the newest.
int restore(const std::filesystem::path& backups, const std::filesystem::path& data,
            std::optional<std::uint32_t> number);

}  // namespace usher::cli
