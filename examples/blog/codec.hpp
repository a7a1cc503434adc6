// The blog's bytes (actors/runtime/codec/codec.hpp says what a codec is): names of streams, types
// of records and their fields. Persisted: never renumber, never change a list of an event's fields,
// but add a schema version (forms.hpp).
#pragma once

#include <string>
#include <string_view>

#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/codec/forms.hpp"
#include "actors/runtime/codec/stream_name.hpp"
#include "examples/blog/model/blog.hpp"

namespace usher {

// ---- names

template <>
inline constexpr char stream_kind<Post> = 'p';
template <>
inline constexpr char stream_kind<Comment> = 'c';
template <>
inline constexpr char stream_kind<OutsideEvents> = 'x';

inline std::string stream_of(const PostId& id) { return stream_name('p', id.bytes); }
inline std::string stream_of(const CommentId& id) { return stream_name('c', id.bytes); }
inline std::string stream_of(const OutsideId& id) { return stream_name('x', id.bytes); }

// The runtime declares this for any aggregate, like others below, and has its own for its own.
template <class A>
std::optional<typename A::Key> key_of(std::string_view stream) {
  const auto bytes = bytes_of_stream<A::Key::size>(stream_kind<A>, stream);
  return bytes ? std::optional{typename A::Key{*bytes}} : std::nullopt;
}

// ---- events

template <std::uint16_t Number>
struct RecordNumber {
  static constexpr std::uint16_t type = Number;
};
template <>
struct RecordForm<Post::Created> : RecordNumber<1> {};
template <>
struct RecordForm<Comment::Created> : RecordNumber<16> {};
template <>
struct RecordForm<Comment::Moderated> : RecordNumber<17> {};
template <>
struct RecordForm<Comment::Updated> : RecordNumber<18> {};
template <>
struct RecordForm<OutsideEvents::Kept> : RecordNumber<32> {};

auto fields(As<Post::Created> auto& x) { return std::tie(x.title, x.at_us); }
auto fields(As<Comment::Created> auto& x) { return std::tie(x.content, x.post_at_us, x.at_us); }
auto fields(As<Comment::Moderated> auto& x) { return std::tie(x.content, x.verdict); }
auto fields(As<Comment::Updated> auto& x) { return std::tie(x.content, x.status); }
auto fields(As<OutsideEvents::Kept> auto& x) { return std::tie(x.type, x.data); }

template <class... Events>
NewRecord encode(const std::variant<Events...>& event) {
  return encode_event(event);
}
template <class A>
tl::expected<typename A::Event, CodecError> decode_event(std::uint16_t type, std::uint16_t schema,
                                                         std::string_view payload) {
  return decode_any(std::type_identity<typename A::Event>{}, type, schema, payload);
}

// ---- states

auto fields(As<Comment::State> auto& x) {
  return std::tie(x.content, x.post_at_us, x.at_us, x.status);
}
auto fields(As<OutsideEvents::State> auto&) { return std::tie(); }

template <Composite State>
std::string encode_state(const State& state) {
  return encode_state_fields(state);
}
template <class A>
tl::expected<typename A::State, CodecError> decode_state(std::string_view bytes) {
  return decode_state_fields<typename A::State>(bytes);
}

}  // namespace usher
