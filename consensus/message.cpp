#include "consensus/message.hpp"

#include "consensus/bytes.hpp"

namespace usher::consensus {
namespace {

bool is_known(MessageType type) {
  switch (type) {
    case MessageType::append:
    case MessageType::append_answer:
    case MessageType::vote:
    case MessageType::vote_answer:
    case MessageType::snapshot:
    case MessageType::heartbeat:
    case MessageType::heartbeat_answer:
    case MessageType::timeout_now:
    case MessageType::pre_vote:
    case MessageType::pre_vote_answer:
      return true;
  }
  return false;  // the library takes more types, from its own process
}

}  // namespace

bool parse_message(std::string_view bytes, Message& out) {
  ByteReader in{bytes};
  out.bytes = bytes;
  out.entries.clear();
  out.base = {};
  out.type = in.get<MessageType>();
  const auto reject = in.get<std::uint8_t>();
  out.from = in.get<ReplicaId>();
  out.to = in.get<ReplicaId>();
  out.term = in.get<Term>();
  in.get<Term>();  // of the entry at `index`
  out.index = in.get<Index>();
  out.commit = in.get<Index>();
  in.get<Index>();                  // a hint, with a rejected append
  in.take(in.get<std::uint8_t>());  // a context, which only its sender reads
  if (!in.ok() || !is_known(out.type) || reject > 1 || out.from == 0 || out.to == 0 ||
      out.term == 0)
    return false;
  if (out.type == MessageType::append) {
    in.get_span(out.entries, message_entries_max);
    if (!out.entries.empty() &&
        (out.entries.first != out.index + 1 || out.entries.runs.back().term > out.term))
      return false;
  } else if (out.type == MessageType::snapshot) {
    in.get_base(out.base);
    if (out.base.index == 0 || out.base.term == 0 || out.base.term > out.term ||
        out.base.members.voters.empty())
      return false;
  }
  return in.ok() && in.at_end();
}

}  // namespace usher::consensus
