#include "http/front/static_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "http/front/accept.hpp"
#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/front/etag.hpp"

namespace usher::http {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view page_path = "/index.html";
constexpr std::string_view methods_allowed = "GET, HEAD, OPTIONS";

struct Encoding {
  std::string_view name;
  std::string_view suffix;
};
// In order of preference.
constexpr std::array<Encoding, 2> encodings = {{{"br", ".br"}, {"gzip", ".gz"}}};

struct Type {
  std::string_view extension;
  std::string_view content_type;
};
constexpr std::array<Type, 20> types = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".map", "application/json; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".wasm", "application/wasm"},
}};

std::string_view content_type_of(std::string_view path) {
  for (const Type& type : types)
    if (path.ends_with(type.extension)) return type.content_type;
  return "application/octet-stream";
}

bool has_extension(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
}

bool is_api(std::string_view path) {
  constexpr std::string_view api = "/api";
  return equal_without_case(path.substr(0, api.size()), api) &&
         (path.size() == api.size() || path[api.size()] == '/');
}

std::optional<std::string> content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::nullopt;
  return bytes;
}

// Hidden files are nobody's; links could lead out of the folder.
bool is_served(const fs::directory_entry& entry) {
  std::error_code error;
  const auto name = entry.path().filename().string();
  return entry.is_regular_file(error) && !entry.is_symlink(error) && !name.starts_with('.');
}

Response not_allowed(const Request& request) {
  Response response;
  if (request.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = error_response(405, "Method Not Allowed");
  }
  response.header("Allow", std::string(methods_allowed));
  return response;
}

// Once, whatever was set before: of two policies a browser applies both.
void set(Response& response, std::string name, std::string value) {
  std::erase_if(response.headers.entries,
                [&](const auto& each) { return equal_without_case(each.first, name); });
  response.header(std::move(name), std::move(value));
}

// What every answer of the page's part owes a browser: nothing is taken for another type, and what
// has come over TLS once never comes without it.
Response safe(Response response, const Request& request) {
  set(response, "X-Content-Type-Options", "nosniff");
  if (request.secure) set(response, "Strict-Transport-Security", "max-age=31536000");
  return response;
}

// "/tickets/:id" fits "/Tickets/7/".
bool fits(std::string_view pattern, std::string_view path) {
  const auto take_segment = [](std::string_view& text) {
    if (!text.empty() && text.front() == '/') text.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    text.remove_prefix(segment.size());
    return segment;
  };
  if (path.empty() || path.front() != '/') return false;
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    const bool is_parameter = !wanted.empty() && wanted.front() == ':';
    if (is_parameter ? given.empty() : !equal_without_case(wanted, given)) return false;
  }
  return pattern.empty() && path.empty();
}

bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace

std::vector<std::pair<std::string, std::string>> page_headers(bool card_form) {
  std::string policy = "default-src 'self'; ";
  if (card_form)
    policy +=
        "script-src 'self' https://js.stripe.com https://*.js.stripe.com; "
        "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; "
        "connect-src 'self' https://api.stripe.com; ";
  policy += "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
  return {{"Content-Security-Policy", std::move(policy)}, {"Referrer-Policy", "same-origin"}};
}

tl::expected<std::shared_ptr<const StaticFiles>, std::string> StaticFiles::load(
    const StaticFileOptions& options) {
  auto files = std::make_shared<StaticFiles>();
  files->page_headers_ = options.page_headers;
  files->page_paths_ = options.page_paths;
  if (auto read = files->read_folder(options); !read) return tl::unexpected(read.error());
  if (!files->find(page_path)) return tl::unexpected("no index.html in " + options.folder.string());
  return files;
}

tl::expected<void, std::string> StaticFiles::read_folder(const StaticFileOptions& options) {
  std::unordered_map<std::string, std::shared_ptr<const std::string>> contents;
  std::size_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(options.folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::error_code ignored;
    if (entries->is_directory(ignored) && entries->path().filename().string().starts_with('.'))
      entries.disable_recursion_pending();
    if (!is_served(*entries)) continue;
    bytes += entries->file_size(ignored);
    if (bytes > options.bytes_max || contents.size() >= options.files_max)
      return tl::unexpected(options.folder.string() + " holds more than " +
                            std::to_string(options.bytes_max) + " bytes or " +
                            std::to_string(options.files_max) + " files");
    auto content = content_of(entries->path());
    if (!content) return tl::unexpected("cannot read " + entries->path().string());
    const auto path = "/" + entries->path().lexically_relative(options.folder).generic_string();
    contents.emplace(path, std::make_shared<const std::string>(std::move(*content)));
  }
  if (error)
    return tl::unexpected("cannot read " + options.folder.string() + ": " + error.message());

  const auto is_compressed_form = [&](const std::string& path) {
    return std::any_of(encodings.begin(), encodings.end(), [&](const Encoding& encoding) {
      return path.ends_with(encoding.suffix) &&
             contents.contains(path.substr(0, path.size() - encoding.suffix.size()));
    });
  };
  for (const auto& [path, content] : contents) {
    if (is_compressed_form(path)) continue;
    File file{.content_type = content_type_of(path),
              .immutable = path.starts_with("/assets/"),
              .forms = {}};
    for (const Encoding& encoding : encodings) {
      const auto form = contents.find(path + std::string(encoding.suffix));
      if (form != contents.end())
        file.forms.push_back({form->second, content_etag(*form->second), encoding.name});
    }
    file.forms.push_back({content, content_etag(*content), {}});
    files_.emplace(path, std::move(file));
  }
  return {};
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(std::string(path));
  return found == files_.end() ? nullptr : &found->second;
}

bool StaticFiles::is_page(const Request& request) const {
  const std::string_view path = request.path;
  if (path == page_path) return true;
  if (find(path) || is_api(path)) return false;
  if (std::any_of(page_paths_.begin(), page_paths_.end(),
                  [&](const std::string& pattern) { return fits(pattern, path); }))
    return true;
  // Somebody who looks at a page gets one that says what is wrong; a program gets an error.
  return !has_extension(path) &&
         accept_names(request.headers.joined("Accept").value_or(""), "text/html");
}

const std::string& StaticFiles::index_html() const { return *find(page_path)->forms.back().bytes; }

void StaticFiles::add_page_headers(Response& response) const {
  for (const auto& [name, value] : page_headers_) set(response, name, value);
  response.header("Vary", "Accept");
}

Response StaticFiles::respond(const Request& request) const {
  if (!is_read(request)) return safe(not_allowed(request), request);
  const bool page = is_page(request);
  const File* file = find(page ? page_path : std::string_view(request.path));
  if (!file) return safe(not_found(), request);
  auto response = respond_with(*file, request);
  if (page) add_page_headers(response);
  return safe(std::move(response), request);
}

Response StaticFiles::respond_with(const File& file, const Request& request) const {
  const auto accept = request.headers.find("Accept-Encoding").value_or("");
  const auto& form = *std::find_if(file.forms.begin(), file.forms.end(), [&](const Form& each) {
    return each.encoding.empty() || accept_takes(accept, each.encoding);
  });
  Response response;
  response.header("ETag", form.etag);
  response.header("Cache-Control",
                  file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (file.forms.size() > 1) response.header("Vary", "Accept-Encoding");
  response.header("Content-Type", std::string(file.content_type));
  if (!form.encoding.empty()) response.header("Content-Encoding", std::string(form.encoding));
  response.shared_body = form.bytes;
  apply_preconditions(request, response);
  return response;
}

namespace {

asio::awaitable<Response> serve(std::shared_ptr<const StaticFiles> files, PageHook page,
                                const Request& request) {
  if (!page || !is_read(request) || !files->is_page(request)) co_return files->respond(request);
  auto making = page(request, files->index_html());
  auto response = co_await std::move(making);
  files->add_page_headers(response);
  co_return safe(std::move(response), request);
}

asio::awaitable<Response> explain(const Request& request) {
  if (is_api(request.path)) co_return safe(not_found(), request);
  if (!is_read(request)) co_return safe(not_allowed(request), request);
  Response response;
  response.status = 404;
  response.header("Content-Type", "text/plain; charset=utf-8");
  response.body =
      "This node serves the API only. For the page: build it with `npm run build` in web/, and "
      "name its folder in the setting web.folder.\n";
  co_return safe(std::move(response), request);
}

}  // namespace

Handler static_files(std::shared_ptr<const StaticFiles> files, PageHook page) {
  return [files = std::move(files), page = std::move(page)](const Request& request) {
    return serve(files, page, request);
  };
}

Handler without_static_files() { return explain; }

}  // namespace usher::http
