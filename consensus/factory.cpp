#include "consensus/factory.hpp"

#include <system_error>
#include <utility>

#include "consensus/raft_core.hpp"
#include "consensus/solo.hpp"

namespace usher::consensus {
namespace {

constexpr const char* library_name = "libusher_raft.so";

const char* what_is_wrong(const CoreConfig& config) {
  if (config.heartbeat_ticks == 0) return "no tick between heartbeats";
  if (config.election_ticks <= config.heartbeat_ticks)
    return "an election time-out that is not longer than the time between heartbeats";
  if (config.message_entries == 0 || config.message_entries > message_entries_max)
    return "messages of no entry, or of too many";
  if (config.messages_in_flight == 0) return "no message in flight";
  return nullptr;
}

}  // namespace

std::filesystem::path raft_library() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path();
  for (const auto& path :
       {folder / library_name, folder.parent_path() / "lib" / "usher" / library_name})
    if (std::filesystem::exists(path, error)) return path;
  return {};
}

tl::expected<std::unique_ptr<ConsensusCore>, std::string> make_core(
    CoreKind kind, CoreConfig config, const std::filesystem::path& library) {
  if (const char* wrong = what_is_wrong(config))
    return tl::unexpected("the consensus core can't have " + std::string{wrong});
  if (kind == CoreKind::alone)
    return std::unique_ptr<ConsensusCore>{new Solo{std::move(config.on_failure)}};
  const auto path = library.empty() ? raft_library() : library;
  if (path.empty())
    return tl::unexpected(std::string{library_name} +
                          " is neither beside the program nor in ../lib/usher: a node with peers "
                          "needs it");
  return Raft::make(config, path);
}

}  // namespace usher::consensus
