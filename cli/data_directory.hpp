// Whether the data directory is the one that was meant. An empty directory is where a new market
// starts, and also what is left of an old one when its disk is not mounted or somebody deleted it.
#pragma once

#include <filesystem>
#include <string>

namespace usher::cli {

enum class StoreExpected { no, if_served_before, yes };

struct DataDirectory {
  bool is_refused = false;
  std::string remark;  // why, or what the log should say; empty: nothing is odd
};

// Changes nothing. Refused is also a directory without a store that somebody else's files are in:
// the name is mistyped, and a store among them would be hard to tell apart again.
[[nodiscard]] DataDirectory look_at(const std::filesystem::path& data, StoreExpected expected);

// Why backups of `data` can't lie in `backups`; empty: they can. Inside the data they would be lost
// with it, and data inside the backups would be taken for one.
[[nodiscard]] std::string why_not_there(const std::filesystem::path& data,
                                        const std::filesystem::path& backups);

// Leaves the mark DATA.made beside the directory: a store was served from here. By it a later start
// knows that an empty directory is none. Where it can't be written the words say so: nothing is
// remembered then.
[[nodiscard]] std::string remember_store(const std::filesystem::path& data);

}  // namespace usher::cli
