// The web page in front of the API: files from a folder, index.html with its first state.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "http/front/router.hpp"
#include "http/front/static_files.hpp"
#include "http/routes/routes.hpp"

namespace usher::cli {

// Reads the page into memory. Null: an empty folder name, or a folder without a page. The error: a
// folder whose files can't be served. `card_form`: the page shows Stripe's.
[[nodiscard]] tl::expected<std::shared_ptr<const http::StaticFiles>, std::string> load_page(
    const std::string& folder, bool card_form);

// For Router::otherwise. Without `files` it says how to get the page.
[[nodiscard]] http::Handler page_handler(std::shared_ptr<const http::StaticFiles> files,
                                         std::shared_ptr<http::Context> context);

}  // namespace usher::cli
