// The web client's files: what a browser gets for which path, and that no path leads elsewhere.
#include "http/front/static_files.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <fstream>

#include "http/front/error_codes.hpp"

namespace usher::http {
namespace {

namespace fs = std::filesystem;
using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

// A folder of its own for each test, with secrets beside it that nobody may reach.
struct Folder {
  fs::path outside;
  fs::path path;

  Folder() {
    std::string name = (fs::temp_directory_path() / "usher-static-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    outside = name;
    path = outside / "dist";
    write("index.html", "<html>page</html>");
    write("favicon.ico", "icon");
    write("assets/app-1a2b.js", "plain script");
    write("assets/app-1a2b.js.br", "brotli script");
    write("assets/app-1a2b.js.gz", "gzip script");
    write("assets/style-3c4d.css", "style");
    write("assets/style-3c4d.css.gz", "gzip style");
    write(".env", "secret");
    write(".git/config", "secret");
    write("../secret.txt", "secret");
    fs::create_symlink(outside / "secret.txt", path / "link.txt");
  }
  ~Folder() { fs::remove_all(outside); }

  void write(const std::string& name, const std::string& content) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << content;
  }
  [[nodiscard]] std::shared_ptr<const StaticFiles> load() const {
    StaticFileOptions options;
    options.folder = path;
    options.page_paths = {"/", "/orders", "/orders/:id", "/auth/signin", "/tickets/:id/edit"};
    auto files = StaticFiles::load(options);
    REQUIRE(files.has_value());
    return *files;
  }
};

Request get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers.entries = std::move(headers);
  return request;
}

std::string body(const Response& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

Response run(const Handler& handler, const Request& request) {
  asio::io_context context;
  Response response;
  asio::co_spawn(context, handler(request), [&](const std::exception_ptr& error, Response answer) {
    REQUIRE(!error);
    response = std::move(answer);
  });
  context.run();
  return response;
}

TEST_CASE("a file is served with its type; names with a hash may be kept for ever") {
  const Folder folder;
  const auto files = folder.load();
  const auto script = files->respond(get("/assets/app-1a2b.js"));
  CHECK(script.status == 200);
  CHECK(body(script) == "plain script");
  CHECK(script.headers.find("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(script.headers.find("Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(script.headers.find("X-Content-Type-Options") == "nosniff");
  const auto icon = files->respond(get("/favicon.ico"));
  CHECK(icon.headers.find("Content-Type") == "image/x-icon");
  CHECK(icon.headers.find("Cache-Control") == "no-cache");
}

TEST_CASE("the page's own paths get index.html, missing files and the API do not") {
  const Folder folder;
  const auto files = folder.load();
  for (const std::string path :
       {"/", "/index.html", "/orders/5f00", "/auth/signin", "/Auth/SignIn/", "/tickets/7/edit"}) {
    CAPTURE(path);
    const auto page = files->respond(get(path));
    CHECK(page.status == 200);
    CHECK(body(page) == "<html>page</html>");
    CHECK(page.headers.find("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.headers.find("Cache-Control") == "no-cache");
    CHECK(page.headers.find("Content-Security-Policy").has_value());
  }
  for (const std::string path : {"/missing.js", "/assets/missing.css", "/api", "/api/nope"}) {
    CAPTURE(path);
    const auto response = files->respond(get(path));
    CHECK(response.status == 404);
    REQUIRE(response.errors.has_value());
    CHECK(response.errors->complaints.front().message == "Not Found");
  }
}

TEST_CASE("any other path is the page for a browser, and an error for a program") {
  const Folder folder;
  const auto files = folder.load();
  const std::string browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  for (const std::string path : {"//api/tickets", "/posts", "/events", "/orders/5f00/x", "/tickets",
                                 "/apiary", "//orders/5f00"}) {
    CAPTURE(path);
    for (const std::string accept : {"", "*/*", "application/json", "text/*", "text/html;q=0"}) {
      CAPTURE(accept);
      CHECK(files->respond(get(path, {{"Accept", accept}})).status == 404);
    }
    CHECK(files->respond(get(path)).status == 404);
    const auto page = files->respond(get(path, {{"Accept", browser}}));
    CHECK(page.status == 200);
    CHECK(page.headers.find("Vary") == "Accept");
  }
  for (const std::string path : {"/api/nope", "/API/nope", "/missing.js"})
    CHECK(files->respond(get(path, {{"Accept", browser}})).status == 404);
}

TEST_CASE("scripts come from here alone; with Stripe's card form, from Stripe as well") {
  const Folder folder;
  const auto policy = [&](StaticFileOptions options) {
    options.folder = folder.path;
    const auto files = StaticFiles::load(options);
    REQUIRE(files.has_value());
    return std::string((*files)->respond(get("/")).headers.find("Content-Security-Policy").value());
  };
  const auto plain = policy({});
  CHECK(plain.find("default-src 'self'") != std::string::npos);
  CHECK(plain.find("http") == std::string::npos);
  StaticFileOptions options;
  options.page_headers = page_headers(/*card_form=*/true);
  const auto paying = policy(options);
  CHECK(paying.find("script-src 'self' https://js.stripe.com") != std::string::npos);
  CHECK(paying.find("frame-src https://js.stripe.com") != std::string::npos);
  for (const auto& each : {plain, paying}) CHECK(each.find("unsafe") == std::string::npos);
}

TEST_CASE("a client that has the file is told so") {
  const Folder folder;
  const auto files = folder.load();
  const auto first = files->respond(get("/favicon.ico"));
  const std::string etag(first.headers.find("ETag").value());
  const auto again = files->respond(get("/favicon.ico", {{"If-None-Match", "\"x\", W/" + etag}}));
  CHECK(again.status == 304);
  CHECK(body(again).empty());
  CHECK(again.headers.find("ETag") == etag);
  CHECK(files->respond(get("/favicon.ico", {{"If-None-Match", "\"x\""}})).status == 200);
  const HeaderPairs in_two_lines{{"If-None-Match", "\"x\""}, {"If-None-Match", etag}};
  CHECK(files->respond(get("/favicon.ico", in_two_lines)).status == 304);
  CHECK(files->respond(get("/favicon.ico", {{"If-Match", etag}})).status == 200);
  CHECK(files->respond(get("/favicon.ico", {{"If-Match", "*"}})).status == 200);
  CHECK(files->respond(get("/favicon.ico", {{"If-Match", "\"x\""}})).status == 412);
  for (const std::string malformed : {"", "x", "\"x"})
    CHECK(files->respond(get("/favicon.ico", {{"If-Match", malformed}})).status == 400);
}

TEST_CASE("the compressed form that the client accepts is served, each with an ETag of its own") {
  const Folder folder;
  const auto files = folder.load();
  const auto with = [&](const std::string& accept) {
    return files->respond(get("/assets/app-1a2b.js", {{"Accept-Encoding", accept}}));
  };
  CHECK(body(with("gzip, deflate, br")) == "brotli script");
  CHECK(body(with("gzip, br;q=0")) == "gzip script");
  CHECK(body(with("GZIP;q=0.5")) == "gzip script");
  CHECK(body(with("br;q=0.000, gzip;q=0")) == "plain script");
  CHECK(body(with("*")) == "brotli script");
  CHECK(body(with("*, br;q=0")) == "gzip script");
  CHECK(body(with("identity")) == "plain script");
  CHECK(body(with("")) == "plain script");
  CHECK(with("br").headers.find("Content-Encoding") == "br");
  CHECK(with("br").headers.find("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(with("br").headers.find("Vary") == "Accept-Encoding");
  CHECK_FALSE(with("").headers.find("Content-Encoding").has_value());
  CHECK(with("br").headers.find("ETag") != with("").headers.find("ETag"));
  const auto style = get("/assets/style-3c4d.css", {{"Accept-Encoding", "br, gzip"}});
  CHECK(body(files->respond(style)) == "gzip style");
}

TEST_CASE("no path leads out of the folder, to hidden files, through links or to raw forms") {
  const Folder folder;
  const auto files = folder.load();
  for (const std::string path :
       {"/../secret.txt", "/assets/../../secret.txt", "//secret.txt", "/./../secret.txt",
        "/..\\secret.txt", "/.env", "/.git/config", "/link.txt", "/assets/app-1a2b.js.br",
        "/assets/../index.html", "/assets/app-1a2b.js/x.js", "../secret.txt", "/dist/.env"}) {
    CAPTURE(path);
    const auto response = files->respond(get(path));
    CHECK(body(response).find("secret") == std::string::npos);
    const bool is_the_page = body(response) == "<html>page</html>";
    CHECK((response.status == 404 || is_the_page));
  }
  const std::string with_nul("/index.html\0.js", 15);
  CHECK(files->respond(get(with_nul)).status == 404);
}

TEST_CASE("only reading is allowed") {
  const Folder folder;
  const auto files = folder.load();
  auto request = get("/favicon.ico");
  request.method = "POST";
  CHECK(files->respond(request).status == 405);
  CHECK(files->respond(request).headers.find("Allow") == "GET, HEAD, OPTIONS");
  request.method = "OPTIONS";
  CHECK(files->respond(request).status == 204);
  request.method = "HEAD";
  CHECK(files->respond(request).status == 200);
}

TEST_CASE("a folder that cannot be served is refused at start") {
  const Folder folder;
  CHECK_FALSE(StaticFiles::load({.folder = folder.path / "missing"}).has_value());
  CHECK_FALSE(StaticFiles::load({.folder = folder.path / "assets"}).has_value());
  CHECK_FALSE(StaticFiles::load({.folder = folder.path, .bytes_max = 60}).has_value());
  CHECK_FALSE(StaticFiles::load({.folder = folder.path, .files_max = 3}).has_value());
}

TEST_CASE("a hook makes the page of each request, and no other file") {
  const Folder folder;
  const PageHook hook = [](const Request& request,
                           const std::string& index_html) -> asio::awaitable<Response> {
    Response response;
    response.body = index_html + " for " + request.path;
    co_return response;
  };
  const auto handler = static_files(folder.load(), hook);
  const auto page = run(handler, get("/orders"));
  CHECK(page.body == "<html>page</html> for /orders");
  CHECK(page.headers.find("Content-Security-Policy").has_value());
  CHECK(body(run(handler, get("/favicon.ico"))) == "icon");
  CHECK(run(handler, get("/missing.png")).status == 404);
  CHECK(body(run(static_files(folder.load(), nullptr), get("/orders"))) == "<html>page</html>");
}

TEST_CASE("every answer has each of its headers once, and tells browsers not to guess") {
  const Folder folder;
  const PageHook hook = [](const Request&, const std::string& html) -> asio::awaitable<Response> {
    Response response;
    response.body = html;
    response.header("Content-Type", "text/html; charset=utf-8");
    response.header("referrer-policy", "unsafe-url");
    co_return response;
  };
  const auto with_hook = static_files(folder.load(), hook);
  const auto without_hook = static_files(folder.load(), nullptr);
  const auto etag =
      std::string(run(without_hook, get("/favicon.ico")).headers.find("ETag").value());
  auto post = get("/");
  post.method = "POST";
  for (const auto& handler : {with_hook, without_hook, without_static_files()}) {
    for (auto request :
         {get("/"), get("/tickets/1"), get("/assets/app-1a2b.js"), get("/missing.js"),
          get("/favicon.ico", {{"If-None-Match", etag}}), get("/api/x"), post}) {
      for (const bool secure : {false, true}) {
        CAPTURE(request.path);
        request.secure = secure;
        const auto response = run(handler, request);
        std::vector<std::string> names;
        for (const auto& [name, value] : response.headers.entries) names.push_back(name);
        std::sort(names.begin(), names.end());
        CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
        CHECK(response.headers.find("X-Content-Type-Options") == "nosniff");
        const auto hsts = response.headers.find("Strict-Transport-Security");
        CHECK(hsts.has_value() == secure);  // over plain HTTP browsers ignore it, and have to
      }
    }
  }
  CHECK(run(with_hook, get("/")).headers.find("Referrer-Policy") == "same-origin");
}

TEST_CASE("without a folder the node says how to get the page, and the API stays the API") {
  const auto handler = without_static_files();
  const auto page = run(handler, get("/"));
  CHECK(page.status == 404);
  CHECK(page.headers.find("Content-Type") == "text/plain; charset=utf-8");
  CHECK(page.body.find("web.folder") != std::string::npos);
  CHECK(run(handler, get("/api/x")).errors->complaints.front().code == code::not_found);
}

}  // namespace
}  // namespace usher::http
