#include "consensus/operations.hpp"

#include "consensus/bytes.hpp"

namespace usher::consensus {
namespace {

void begin(std::string& out, Operation operation, GroupNr group) {
  put(out, operation);
  put(out, group);
}

}  // namespace

void Operations::tick_all() { begin(bytes_, Operation::tick, every_group); }

void Operations::tick(GroupNr group) { begin(bytes_, Operation::tick, group); }

void Operations::arrived(GroupNr group, const Message& message) {
  begin(bytes_, Operation::message, group);
  bytes_ += message.bytes;
}

void Operations::propose(GroupNr group, std::uint32_t count) {
  begin(bytes_, Operation::propose, group);
  put(bytes_, count);
}

void Operations::change(GroupNr group, EntryKind kind, ReplicaId replica) {
  begin(bytes_, Operation::change, group);
  put(bytes_, kind);
  put(bytes_, replica);
}

void Operations::synced(GroupNr group) { begin(bytes_, Operation::synced, group); }

void Operations::sync_is_late(GroupNr group) { begin(bytes_, Operation::late, group); }

void Operations::hand_over(GroupNr group, ReplicaId to) {
  begin(bytes_, Operation::hand_over, group);
  put(bytes_, to);
}

void Operations::read(GroupNr group, Ticket ticket) {
  begin(bytes_, Operation::read, group);
  put(bytes_, ticket);
}

void Operations::campaign(GroupNr group) { begin(bytes_, Operation::campaign, group); }

void Operations::unreachable(GroupNr group, ReplicaId replica) {
  begin(bytes_, Operation::unreachable, group);
  put(bytes_, replica);
}

void Operations::snapshot_result(GroupNr group, ReplicaId to, bool has_arrived) {
  begin(bytes_, Operation::snapshot_result, group);
  put(bytes_, to);
  put(bytes_, static_cast<std::uint8_t>(has_arrived));
}

void Operations::forget(GroupNr group, Index up_to) {
  begin(bytes_, Operation::forget, group);
  put(bytes_, up_to);
}

void Operations::tell_progress(GroupNr group) { begin(bytes_, Operation::progress, group); }

void Operations::open(GroupNr group, const Opening& opening) {
  begin(bytes_, Operation::open, group);
  put(bytes_, opening.replica);
  put(bytes_, opening.term);
  put(bytes_, opening.vote);
  put(bytes_, opening.commit);
  put_base(bytes_, opening.base);
  put_span(bytes_, opening.log);
}

void Operations::drop(GroupNr group) { begin(bytes_, Operation::drop, group); }

}  // namespace usher::consensus
