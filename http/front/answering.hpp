// From a parsed request to a response: who asks, whether it may, which route, and what becomes of
// its exceptions. Knows no socket.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "http/front/front_state.hpp"
#include "http/front/io_thread.hpp"
#include "http/front/message.hpp"
#include "http/front/turns.hpp"

namespace usher::http {

struct Asker {
  asio::ip::address peer;
  const std::string& peer_text;
  bool peer_is_trusted;
  bool tls;
  std::shared_ptr<ClientTurns> turns;  // null for a trusted proxy: its clients have theirs
};

// Sets client, secure and id.
void identify(Request& request, const Asker& asker, IoThread& thread);

struct Answer {
  Response response;
  std::string_view pattern;  // the router's
  bool close = false;        // after a limit was passed
};

// The request stays the caller's and lives until the answer is there.
[[nodiscard]] asio::awaitable<Answer> answer_request(IoThread& thread, Request& request,
                                                     std::shared_ptr<ClientTurns> turns);

[[nodiscard]] Response overloaded(int status, std::string_view reason);

// Tells the hook about one answered request.
class RequestWatch {
 public:
  explicit RequestWatch(const FrontState& state)
      : state_(state), began_(std::chrono::steady_clock::now()) {}

  // Views of what outlives the watch's last word: the request, or what stands for one.
  std::string_view method;
  std::string_view target;
  std::string_view client;
  std::string_view id;
  std::size_t bytes_in = 0;

  void note(const Request& request);
  void tell(std::string_view pattern, int status, std::size_t bytes_out) const;

 private:
  const FrontState& state_;
  const std::chrono::steady_clock::time_point began_;
};

}  // namespace usher::http
