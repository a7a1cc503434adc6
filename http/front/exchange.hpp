// One request and what goes back for it, whoever carries the bytes: a socket (socket_connection)
// or the memory of a simulation. Everything between framing and writing is here.
#pragma once

#include <asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/front/answering.hpp"
#include "http/front/framing.hpp"
#include "http/front/io_thread.hpp"

namespace usher::http {

// Refers to what the watch has noted of it: it stays where it was made.
class Exchange {
 public:
  explicit Exchange(IoThread& thread) : thread_(thread), watch_(thread.state()) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The Asker outlives the coroutine.
  [[nodiscard]] asio::awaitable<void> answer(FramedRequest framed, const Asker& asker);
  // Instead of that: there is no request that anybody could read.
  void refuse(int status, std::string_view reason, std::string_view client);

  // ---- what has become of it

  // The target cannot be read: to be refused, with this reason.
  [[nodiscard]] const std::optional<std::string>& unreadable() const { return unreadable_; }
  // It goes on as an event stream, which has been counted in, and has no head yet.
  [[nodiscard]] bool opens_stream() const { return opens_stream_; }
  [[nodiscard]] Response& response() { return response_; }
  [[nodiscard]] std::string_view request_id() const { return watch_.id; }
  [[nodiscard]] std::string_view head() const { return head_; }
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

  // Tells the hook that the answer is on its way, or lost.
  void tell() const { watch_.tell(pattern_, response_.status, head_.size() + body_.size()); }

 private:
  void render(bool head_only, bool http_1_0);

  IoThread& thread_;
  RequestWatch watch_;
  Request request_;
  std::string id_of_refusal_;
  Response response_;
  std::string_view pattern_ = pattern_of_refusals;
  std::optional<std::string> unreadable_;
  std::string head_;
  std::string_view body_;
  bool keep_alive_ = false;
  bool opens_stream_ = false;
};

}  // namespace usher::http
