#include "http/routes/page.hpp"

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.hpp"
#include "http/front/json.hpp"
#include "http/routes/context.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/page_head.hpp"
#include "http/routes/queries.hpp"
#include "http/routes/sessions.hpp"
#include "http/views/json_views.hpp"
#include "http/views/page_view.hpp"

namespace usher::http {
namespace {

// What web/index.html holds where the node writes. A page without it is served as it is.
constexpr std::string_view head_begin = "<!--head-->";
constexpr std::string_view head_end = "<!--/head-->";
constexpr std::string_view placeholder =
    R"(<script type="application/json" id="initial-state">null</script>)";
constexpr std::string_view state_begin = R"(<script type="application/json" id="initial-state">)";
constexpr std::string_view state_end = "</script>";

// A free coroutine: what a lambda captures would not outlive its first suspension safely.
asio::awaitable<Response> page_with_state(std::shared_ptr<Context> context, const Request& request,
                                          const std::string& index_html) {
  Response response;
  response.body = index_html;
  const auto at = response.body.find(placeholder);
  if (at != std::string::npos) {
    auto asking = page_state(*context, request);
    const std::string state = co_await std::move(asking);
    std::string block{state_begin};
    block.append(state).append(state_end);
    response.body.replace(at, placeholder.size(), block);
  }
  const auto begin = index_html.find(head_begin);
  const auto end = index_html.find(head_end);
  if (begin < end && end < at) {  // before the state, so the places are still right
    auto asking = page_head(*context, request);
    const std::string head = co_await std::move(asking);
    response.body.replace(begin, end + head_end.size() - begin, head);
  }
  response.header("Content-Type", "text/html; charset=utf-8");
  response.header("Cache-Control", "private, no-store");  // it names who is signed in
  co_return response;
}

}  // namespace

const std::vector<std::string>& page_paths() {
  static const std::vector<std::string> paths = {
      "/",       "/tickets/new", "/tickets/:id", "/tickets/:id/edit", "/my-tickets",   "/selling",
      "/orders", "/orders/:id",  "/auth/signin", "/auth/signup",      "/auth/signout", "/operator",
  };
  return paths;
}

asio::awaitable<std::string> page_state(Context& context, const Request& request) {
  TicketSearch search{.sort = TicketSort::newest, .text = {}, .page = {}};
  search.page.limit = context.options.pages.first_page_rows;
  Request asked;  // what the page goes on with
  asked.query = {{"sort", "-created"}};
  auto reading = tickets_for_sale(context.market, std::move(search));
  const auto page = co_await std::move(reading);

  // When nobody knows who asks, the page says nobody, and finds out with its first request.
  auto asking_who = current_session(context, request);
  const auto session = co_await std::move(asking_who);

  const auto scope = scope_of(asked, "/api/tickets");
  const auto state = json_of([&](JsonWriter& json) {
    json.begin_object();
    json.key("currentUser").raw(current_user_json(session.value_or(std::nullopt)));
    json.key("tickets");
    if (page) {
      json.begin_object()
          .key("rows")
          .raw(json_array(page->rows, context.options.currency()))
          .key("next");
      json.value(page->next ? std::optional(cursor_in(scope, *page->next)) : std::nullopt);
      json.end_object();
    } else {
      json.null();
    }
    json.key("config").raw(config_json(context.options));
    json.field("serverTime", iso_time(context.market.now()));
    json.end_object();
  });
  co_return escaped_for_script(state);
}

tl::expected<std::shared_ptr<const StaticFiles>, std::string> load_page(const std::string& folder,
                                                                        bool card_form) {
  if (folder.empty() || !std::filesystem::exists(std::filesystem::path{folder} / "index.html"))
    return nullptr;
  StaticFileOptions options;
  options.folder = folder;
  options.page_headers = page_headers(card_form);
  options.page_paths = page_paths();
  return StaticFiles::load(options);
}

Handler page_handler(std::shared_ptr<const StaticFiles> files, std::shared_ptr<Context> context) {
  if (!files) return api_or(std::move(context), without_static_files());
  auto hook = [context](const Request& request, const std::string& index_html) {
    return page_with_state(context, request, index_html);
  };
  return api_or(std::move(context), static_files(files, std::move(hook)));
}

}  // namespace usher::http
