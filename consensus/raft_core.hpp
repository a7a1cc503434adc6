// etcd/raft, in a Go library that is loaded when the first of these is made, and stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "consensus/consensus_core.hpp"

namespace usher::consensus {

class Raft final : public ConsensusCore {
 public:
  // The error is a sentence.
  static tl::expected<std::unique_ptr<ConsensusCore>, std::string> make(
      const CoreConfig& config, const std::filesystem::path& library);
  ~Raft() override;
  Results turn(const Operations& operations) override;

 private:
  struct Functions;

  Raft(std::shared_ptr<const Functions> functions, std::int64_t core,
       std::function<void(std::string_view)> on_failure);

  std::shared_ptr<const Functions> functions_;
  std::int64_t core_;
  std::function<void(std::string_view)> on_failure_;
};

}  // namespace usher::consensus
