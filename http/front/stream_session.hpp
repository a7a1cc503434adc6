// A connection that has become an event stream: no coroutine any more, a few hundred bytes, and a
// write only when there is something to say.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/front/event_streams.hpp"
#include "http/front/socket_connection.hpp"

namespace usher::http {

template <class Socket>
class StreamSession final : public EventStream,
                            public std::enable_shared_from_this<StreamSession<Socket>> {
 public:
  // Counted in FrontState::streams already; the session gives the count back.
  StreamSession(std::shared_ptr<Connection<Socket>> connection, OpenStream opened,
                std::optional<std::int64_t> ends_in_ms, std::string head)
      : EventStream(connection->thread_.lane()->options(), opened),
        connection_(std::move(connection)),
        asked_whether_ended_(std::move(opened.has_ended)),
        wrote_at_ms_(IoThread::now_ms()),
        ends_at_ms_(ends_in_ms ? std::optional(wrote_at_ms_ + *ends_in_ms) : std::nullopt) {
    connection_->session_ = this;
    push_line(head + retry_line(lane().options().retry_ms));
  }
  ~StreamSession() override {
    connection_->session_ = nullptr;
    connection_->thread_.state().streams.subtract();
  }

  void start() {
    lane().open(*this);
    const int bytes = connection_->thread_.state().limits.stream_socket_buffer_bytes;
    asio::error_code ignored;
    connection_->lowest().set_option(asio::socket_base::send_buffer_size(bytes), ignored);
    watch_for_close();
    write_waiting();
  }

  // Once per sweep.
  void check(std::int64_t now_ms) {
    if (has_ended(now_ms) || (asked_whether_ended_ && asked_whether_ended_()))
      return waiting() == 0 ? finish() : end();
    const std::int64_t since = now_ms - wrote_at_ms_;
    if (writing_ && since >= connection_->thread_.state().limits.write_stall_ms_max) {
      ++connection_->thread_.state().timed_out;
      return connection_->drop();
    }
    if (writing_ || since < lane().options().heartbeat_ms) return;
    push_line(":\n\n");
    write_waiting();
  }

  // What waits is still written; then a hint when to come back, spread so that not all do at once.
  void finish() {
    if (std::exchange(finishing_, true)) return;
    const auto spread = static_cast<std::uint64_t>(lane().options().retry_ms);
    const auto extra = spread == 0 ? 0 : connection_->thread_.draw() % spread;
    push_line(retry_line(lane().options().retry_ms + static_cast<std::int64_t>(extra)));
    write_waiting();
  }

 private:
  StreamLane& lane() { return *connection_->thread_.lane(); }

  static std::string retry_line(std::int64_t retry_ms) {
    return "retry: " + std::to_string(retry_ms) + "\n\n";
  }

  // Whoever was let in until then sees nothing that comes later; its client may come again.
  [[nodiscard]] bool has_ended(std::int64_t now_ms) const {
    return ends_at_ms_ && now_ms >= *ends_at_ms_;
  }

  void on_ready() override {
    if (has_ended(IoThread::now_ms())) return end();
    if (state() == State::overflowed) {
      ++connection_->thread_.state().streams_overflowed;
      return connection_->drop();
    }
    if (state() == State::replay_failed) return finish();
    write_waiting();
  }

  // The client sends nothing more; that it has gone shows as the end of what it sends.
  void watch_for_close() {
    auto self = this->shared_from_this();
    if constexpr (Connection<Socket>::is_tls) {
      connection_->socket_.async_read_some(
          asio::buffer(connection_->read_buffer_),
          [self](asio::error_code error, std::size_t) { self->on_read(error); });
    } else {
      connection_->socket_.async_wait(
          asio::ip::tcp::socket::wait_read, [self](asio::error_code error) {
            auto& scratch = self->connection_->thread_.scratch();
            if (!error) self->connection_->socket_.read_some(asio::buffer(scratch), error);
            if (error == asio::error::would_block) error = {};
            self->on_read(error);
          });
    }
  }

  void on_read(asio::error_code error) {
    if (error) return end();
    watch_for_close();
  }

  void end() {
    lane().remove(*this);
    connection_->drop();
  }

  void write_waiting() {
    while (!writing_ && connection_->lowest().is_open()) {
      if (waiting() > 0) {
        write_some();
      } else if (finishing_) {
        return close_after_last_byte();
      } else {
        lane().advance(this->shared_from_this());
        if (waiting() == 0) return;
      }
    }
  }

  void close_after_last_byte() {
    lane().remove(*this);
    asio::error_code ignored;
    connection_->lowest().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    connection_->lowest().close(ignored);
  }

  void write_some() {
    if constexpr (Connection<Socket>::is_tls) {
      write_record();
    } else {
      write_at_once();
    }
  }

  void write_at_once() {
    constexpr std::size_t buffers_max = 16;
    std::array<asio::const_buffer, buffers_max> buffers;
    const std::size_t count = std::min(waiting(), buffers_max);
    for (std::size_t i = 0; i < count; ++i) buffers[i] = asio::buffer(waiting_at(i)->bytes);
    buffers[0] += first_written_;
    asio::error_code error;
    const auto bytes = connection_->socket_.write_some(buffers, error);
    if (error == asio::error::would_block) return wait_until_writable();
    if (error) return end();
    taken(bytes);
  }

  void wait_until_writable() {
    writing_ = true;
    connection_->socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                    [self = this->shared_from_this()](asio::error_code error) {
                                      self->writing_ = false;
                                      if (error) return self->end();
                                      self->write_waiting();
                                    });
  }

  // TLS encrypts one piece of memory at a time: several events make one record.
  void write_record() {
    constexpr std::size_t record_bytes_max = 16 * 1024;
    record_.clear();
    for (std::size_t i = 0; i < waiting() && record_.size() < record_bytes_max; ++i)
      record_ += waiting_at(i)->bytes;
    record_.erase(0, first_written_);
    writing_ = true;
    connection_->socket_.async_write_some(
        asio::buffer(record_),
        [self = this->shared_from_this()](asio::error_code error, std::size_t bytes) {
          self->writing_ = false;
          if (error) return self->end();
          self->record_ = std::string();
          self->taken(bytes);
          self->write_waiting();
        });
  }

  void taken(std::size_t bytes) {
    wrote_at_ms_ = IoThread::now_ms();
    first_written_ += bytes;
    while (waiting() > 0 && first_written_ >= waiting_at(0)->bytes.size()) {
      first_written_ -= waiting_at(0)->bytes.size();
      pop();
    }
  }

  const std::shared_ptr<Connection<Socket>> connection_;
  const std::function<bool()> asked_whether_ended_;
  std::int64_t wrote_at_ms_;
  const std::optional<std::int64_t> ends_at_ms_;
  std::size_t first_written_ = 0;  // bytes of the first waiting event
  bool writing_ = false;           // waiting for the socket
  bool finishing_ = false;
  std::string record_;
};

}  // namespace usher::http
