#include "cli/page.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

#include "http/front/static_files.hpp"
#include "http/routes/context.hpp"
#include "http/routes/page_head.hpp"
#include "http/routes/page_state.hpp"

namespace usher::cli {
namespace {

// What web/index.html holds where the node writes. A page without it is served as it is.
constexpr std::string_view head_begin = "<!--head-->";
constexpr std::string_view head_end = "<!--/head-->";
constexpr std::string_view placeholder =
    R"(<script type="application/json" id="initial-state">null</script>)";
constexpr std::string_view state_begin = R"(<script type="application/json" id="initial-state">)";
constexpr std::string_view state_end = "</script>";

// A free coroutine: what a lambda captures would not outlive its first suspension safely.
asio::awaitable<http::Response> page_with_state(std::shared_ptr<http::Context> context,
                                                const http::Request& request,
                                                const std::string& index_html) {
  http::Response response;
  response.body = index_html;
  const auto at = response.body.find(placeholder);
  if (at != std::string::npos) {
    auto asking = http::page_state(*context, request);
    const std::string state = co_await std::move(asking);
    std::string block{state_begin};
    block.append(state).append(state_end);
    response.body.replace(at, placeholder.size(), block);
  }
  const auto begin = index_html.find(head_begin);
  const auto end = index_html.find(head_end);
  if (begin < end && end < at) {  // before the state, so the places are still right
    auto asking = http::page_head(*context, request);
    const std::string head = co_await std::move(asking);
    response.body.replace(begin, end + head_end.size() - begin, head);
  }
  response.header("Content-Type", "text/html; charset=utf-8");
  response.header("Cache-Control", "private, no-store");  // it names who is signed in
  co_return response;
}

}  // namespace

tl::expected<std::shared_ptr<const http::StaticFiles>, std::string> load_page(
    const std::string& folder, bool card_form) {
  if (folder.empty() || !std::filesystem::exists(std::filesystem::path{folder} / "index.html"))
    return nullptr;
  http::StaticFileOptions options;
  options.folder = folder;
  options.page_headers = http::page_headers(card_form);
  return http::StaticFiles::load(options);
}

http::Handler page_handler(std::shared_ptr<const http::StaticFiles> files,
                           std::shared_ptr<http::Context> context) {
  if (!files) return http::api_or(std::move(context), http::without_static_files());
  auto hook = [context](const http::Request& request, const std::string& index_html) {
    return page_with_state(context, request, index_html);
  };
  return http::api_or(std::move(context), http::static_files(files, std::move(hook)));
}

}  // namespace usher::cli
