// What the page's <head> says about an address to those who run no script: crawlers, and the
// messengers and networks that draw a card for a link (Open Graph).
#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/front/message.hpp"
#include "http/front/text.hpp"

namespace usher::http {

struct Context;

// <title> and <meta> elements: a ticket's own for /tickets/:id, else those of the shop. A ticket
// that is not there, or cannot be read now, has the shop's.
[[nodiscard]] asio::awaitable<std::string> page_head(Context& context, const Request& request);

// "https://tickets.example", from the Host that the client named. Empty when that is no plain
// host[:port], which could lead anywhere or say anything.
[[nodiscard]] std::string origin_of(const Request& request);

}  // namespace usher::http
