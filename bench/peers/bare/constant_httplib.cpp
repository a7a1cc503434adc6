// The least that a cpp-httplib server can do: a handler that answers a constant, with the thread
// pool and TCP_NODELAY that its users would set. `bare-httplib PORT [THREADS]`
#include <httplib.h>

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bare-httplib PORT [THREADS]\n");
    return 2;
  }
  const int port = std::atoi(argv[1]);
  constexpr std::size_t threads_default = 128;
  const std::size_t threads =
      argc > 2 ? static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10)) : threads_default;
  const std::string body =
      R"({"title":"Concert at the harbour, row 42 seat 420","price":123.45,)"
      R"("userId":"5f0c5a2b1d3e4f5a6b7c8d9e","version":3,"id":"5f0c5a2b1d3e4f5a6b7c8d9f"})";

  httplib::Server server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_keep_alive_timeout(75);
  server.Get(".*", [&body](const httplib::Request&, httplib::Response& response) {
    response.set_content(body, "application/json; charset=utf-8");
  });
  return server.listen("127.0.0.1", port) ? 0 : 1;
}
