// The web page in front of the API: files from a folder, index.html with its first state.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "http/front/message.hpp"
#include "http/front/router.hpp"
#include "http/front/static_files.hpp"
#include "http/routes/routes.hpp"

namespace usher::http {

// Reads the page into memory. Null: an empty folder name, or a folder without a page. The error: a
// folder whose files can't be served. `card_form`: the page shows Stripe's.
[[nodiscard]] tl::expected<std::shared_ptr<const StaticFiles>, std::string> load_page(
    const std::string& folder, bool card_form);

// For Router::otherwise. Without `files` it says how to get the page.
[[nodiscard]] Handler page_handler(std::shared_ptr<const StaticFiles> files,
                                   std::shared_ptr<Context> context);

// What the page shows by itself, as web/src/app/App.tsx has it (a test compares the two).
[[nodiscard]] const std::vector<std::string>& page_paths();

// A JSON document for the page's <script type="application/json" id="initial-state">, so that the
// first view needs no request: {"currentUser","tickets":{"rows","next"}|null,"config",
// "serverTime"} (docs/openapi.yaml: InitialState). `tickets` is null when they could not be read:
// the page asks again by itself.
[[nodiscard]] asio::awaitable<std::string> page_state(Context& context, const Request& request);

}  // namespace usher::http
