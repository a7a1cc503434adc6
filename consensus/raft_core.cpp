#include "consensus/raft_core.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "consensus/bytes.hpp"
#include "consensus/raft/core.h"

namespace usher::consensus {
namespace {

constexpr std::size_t reason_bytes_max = 256;

template <class Function>
bool look_up(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  return function != nullptr;
}

}  // namespace

struct Raft::Functions {
  decltype(&core_new) make = nullptr;
  decltype(&core_free) free = nullptr;
  decltype(&core_turn) turn = nullptr;
};

tl::expected<std::unique_ptr<ConsensusCore>, std::string> Raft::make(
    const CoreConfig& config, const std::filesystem::path& library) {
  // Never closed: Go's runtime can't be taken out of a process again.
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    const char* why = ::dlerror();
    return tl::unexpected("can't load the consensus library: " +
                          std::string{why ? why : library.c_str()});
  }
  Functions functions;
  if (!look_up(handle, "core_new", functions.make) ||
      !look_up(handle, "core_free", functions.free) ||
      !look_up(handle, "core_turn", functions.turn))
    return tl::unexpected(library.string() + " is no consensus library");

  std::string bytes;
  put(bytes, config.seed);
  put(bytes, config.election_ticks);
  put(bytes, config.heartbeat_ticks);
  put(bytes, config.message_entries);
  put(bytes, config.messages_in_flight);
  char reason[reason_bytes_max] = "";
  const std::int64_t core = functions.make(bytes.data(), bytes.size(), reason, sizeof reason);
  if (core == 0) return tl::unexpected("the consensus library refuses: " + std::string{reason});
  return std::unique_ptr<ConsensusCore>{
      new Raft{std::make_shared<const Functions>(functions), core, config.on_failure}};
}

Raft::Raft(std::shared_ptr<const Functions> functions, std::int64_t core,
           std::function<void(std::string_view)> on_failure)
    : functions_(std::move(functions)), core_(core), on_failure_(std::move(on_failure)) {}

Raft::~Raft() { functions_->free(core_); }

Results Raft::turn(const Operations& operations) {
  const std::string_view in = operations.bytes();
  void* out = nullptr;
  std::size_t out_size = 0;
  const int failed = functions_->turn(core_, in.data(), in.size(), &out, &out_size);
  const std::string_view results{static_cast<const char*>(out), out_size};
  if (failed == 0) return Results{results};
  if (on_failure_) on_failure_(results);
  std::fprintf(stderr, "usher: consensus core: %.*s\n", static_cast<int>(results.size()),
               results.data());
  std::abort();
}

}  // namespace usher::consensus
