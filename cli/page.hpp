// The web page in front of the API: files from a folder, index.html with its first state.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "http/front/router.hpp"
#include "http/routes/routes.hpp"

namespace usher::cli {

// For Router::otherwise. An empty folder name, or a folder that is not there: a node without a
// page, which says how to get one. The error: a folder whose files can't be served.
[[nodiscard]] tl::expected<http::Handler, std::string> page_handler(
    const std::string& folder, std::shared_ptr<http::Context> context);

}  // namespace usher::cli
