// What the API says about itself: /openapi.yaml for programs, /docs for people.
#include "http/front/message.hpp"
#include "http/routes/context.hpp"
#include "http/views/api_page.hpp"
#include "http/views/openapi_yaml.hpp"

namespace usher::http {
namespace {

// GET /openapi.yaml  ->  200
asio::awaitable<Response> get_openapi(Context&, const Request&) {
  Response response;
  response.header("Content-Type", "application/yaml; charset=utf-8");
  response.body = openapi_yaml;
  co_return response;
}

// GET /docs  ->  200
asio::awaitable<Response> get_docs(Context&, const Request&) {
  static const ApiPage page = api_page(openapi_yaml);  // made when somebody first asks
  Response response;
  response.header("Content-Type", "text/html; charset=utf-8");
  response.header("Content-Security-Policy", page.content_security_policy);
  response.body = page.html;
  co_return response;
}

}  // namespace

void add_docs_routes(Routes& routes) {
  routes.on("GET", "/openapi.yaml", get_openapi).on("GET", "/docs", get_docs);
}

}  // namespace usher::http
