// The last part of the check of settings: what only this machine can tell (does the name resolve,
// can the certificate be read). Before anything is made or opened, so that a setting that can't
// work is a mistake in the settings and not a node that fails later.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.hpp"

namespace usher::cli {

[[nodiscard]] std::vector<ConfigError> check_here(const Config& config,
                                                  const std::filesystem::path& data,
                                                  const std::filesystem::path& backups);

}  // namespace usher::cli
