#include "config/sizing.hpp"

#include <algorithm>
#include <thread>

#include "config/units.hpp"

namespace usher {
namespace {

constexpr std::uint64_t mib = 1ULL << 20;

// Beside tables and connections: standard streams, locks, event loops, logs, the manifest, the
// tables that a flush or a compaction is writing, a backup.
constexpr std::size_t files_for_the_rest = 128;
constexpr std::size_t files_of_io_thread = 3;
constexpr std::size_t tables_min = 64;
constexpr std::size_t tables_max = 1'000;
constexpr std::size_t connections_min = 32;

// Shares of the memory. Together with what a node takes anyway (about 64 MiB), what requests take
// while they are answered, and a start that reads its log, they stay below one half.
constexpr std::uint64_t share_of_cache = 16;          // 1/16
constexpr std::uint64_t share_of_write_buffers = 16;  // of all families together
constexpr std::uint64_t share_of_log = 16;            // a start has it in memory twice
constexpr std::uint64_t share_of_aggregates = 8;
constexpr std::uint64_t aggregate_bytes = 2'048;
constexpr std::uint64_t aggregates_max = 400'000;
constexpr std::uint64_t memory_wanted_min = 128 * mib;

std::size_t part(std::uint64_t memory, std::uint64_t share, std::uint64_t most) {
  return static_cast<std::size_t>(std::clamp(memory / share, 4 * mib, most));
}

void size_memory(Sized& sized, const Machine& machine) {
  // Of a machine that doesn't say, assume enough.
  const std::uint64_t memory = machine.memory_bytes != 0 ? machine.memory_bytes : 1ULL << 40;
  auto& journal = sized.config.journal;
  if (journal.block_cache_bytes == 0)
    journal.block_cache_bytes = part(memory, share_of_cache, 256 * mib);
  if (journal.write_buffers_bytes == 0)
    journal.write_buffers_bytes = part(memory, share_of_write_buffers, 256 * mib);
  if (journal.wal_bytes_max == 0) journal.wal_bytes_max = part(memory, share_of_log, 128 * mib);
  for (auto* bytes :
       {&journal.block_cache_bytes, &journal.write_buffers_bytes, &journal.wal_bytes_max})
    *bytes = std::max<std::size_t>(*bytes, mib);
  journal.write_buffer_bytes = std::min(journal.write_buffer_bytes, journal.write_buffers_bytes);
  auto& aggregates = sized.config.actors.active_aggregates_max;
  if (aggregates == 0)
    aggregates = static_cast<std::size_t>(std::clamp<std::uint64_t>(
        memory / share_of_aggregates / aggregate_bytes, 1'024, aggregates_max));
  const std::string where = machine.is_memory_limited ? "the limit of this process's memory is "
                                                      : "this machine's memory is ";
  const std::uint64_t taken = journal.block_cache_bytes + journal.write_buffers_bytes +
                              2 * journal.wal_bytes_max + aggregates * aggregate_bytes;
  if (machine.is_memory_limited)
    sized.remarks.push_back(
        where + size_text(static_cast<std::int64_t>(memory / mib * mib)) + ": " +
        size_text(static_cast<std::int64_t>(journal.block_cache_bytes / mib * mib)) +
        " of it for what is read from disk, " +
        size_text(static_cast<std::int64_t>(journal.write_buffers_bytes / mib * mib)) +
        " for what is not yet sorted to disk, and at most " + std::to_string(aggregates) +
        " aggregates in memory");
  if (taken > memory / 4 * 3 || memory < memory_wanted_min)
    sized.remarks.push_back(where + size_text(static_cast<std::int64_t>(memory / mib * mib)) +
                            ", which may not be enough for [journal] and [actors] as they are set");
}

tl::expected<void, std::string> size_files(Sized& sized, const Machine& machine) {
  auto& limits = sized.config.limits;
  const std::size_t most = machine.open_files_max;
  const auto& server = sized.config.server;
  const std::size_t io_threads =
      server.io_threads != 0 ? server.io_threads : std::thread::hardware_concurrency();
  const std::size_t rest =
      files_for_the_rest + sized.config.payments.workers + files_of_io_thread * io_threads;
  if (most < rest + tables_min + connections_min)
    return tl::unexpected("the limit of open files is " + std::to_string(most) +
                          ", and a node needs " +
                          std::to_string(rest + tables_min + connections_min) +
                          " at least: raise it (ulimit -n, LimitNOFILE=)");
  sized.files.tables = std::clamp((most - rest) / 4, tables_min, tables_max);
  sized.files.connections = most - rest - sized.files.tables;
  if (limits.connections_max <= sized.files.connections) return {};
  const std::size_t wanted = limits.connections_max;
  limits.connections_max = sized.files.connections;
  limits.streams_max = std::min(limits.streams_max, limits.connections_max * 3 / 4);
  // One address must not be able to take all of them.
  limits.connections_per_client_max =
      std::min(limits.connections_per_client_max, limits.connections_max * 3 / 4);
  sized.remarks.push_back("the limit of open files is " + std::to_string(most) + ": at most " +
                          std::to_string(limits.connections_max) + " connections instead of " +
                          std::to_string(wanted) +
                          " (limits.connections_max), the store needs the others");
  return {};
}

}  // namespace

tl::expected<Sized, std::string> size_to(Config config, const Machine& machine) {
  Sized sized;
  sized.config = std::move(config);
  size_memory(sized, machine);
  if (auto files = size_files(sized, machine); !files) return tl::unexpected(files.error());
  return sized;
}

}  // namespace usher
