// One server for all test cases of the contract; each works with users and records of its own.
#pragma once

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

namespace usher::integration {

inline ServerProcess& contract_server() {
  static const TempDir folder;
  static ServerProcess server{folder / "data"};
  return server;
}

inline Client contract_client(const std::string& user = "") {
  return Client{contract_server().port(), user};
}

inline const std::string unknown_id = "65a1f0c2b3d4e5f60718293a";

}  // namespace usher::integration
