#include "bench/lab/actor_tickets.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <deque>
#include <latch>
#include <thread>
#include <utility>

#include "base/invariant.hpp"
#include "bench/lab/client.hpp"

namespace usher::lab {
namespace {

struct Ask {
  Call call;
};
struct Peek {  // the state as it is, by the ticket's place with its owner
  std::size_t place;
};
struct Go {};   // a client: begin
struct Now {};  // a client: its pause is over

}  // namespace
}  // namespace usher::lab

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::Ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::Peek)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::Go)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::Now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::Answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::lab::VersionedTicket)

namespace usher::lab {
namespace {

struct Owned {
  std::vector<VersionedTicket> tickets;
};

caf::behavior owner(caf::stateful_actor<Owned>* self, std::vector<VersionedTicket> tickets,
                    const Work& work, std::size_t owners) {
  self->state.tickets = std::move(tickets);
  return {
      [=](const Ask& ask) {
        return work.serve(self->state.tickets[ask.call.ticket / owners], ask.call);
      },
      [=](Peek peek) { return self->state.tickets[peek.place]; },
  };
}

// `client` belongs to this actor until it counts down.
caf::behavior client_actor(caf::event_based_actor* self, Client* client,
                           const std::vector<caf::actor>* owners, std::latch* all_are_done) {
  const auto ask = [=](const Call* call) {
    client->asks();
    self->send((*owners)[call->ticket % owners->size()], Ask{*call});
  };
  const auto go_on = [=] {
    const Call* call = client->next();
    if (call == nullptr) {
      self->quit();
      all_are_done->count_down();
    } else if (client->pause().count() > 0) {
      self->delayed_send(self, client->pause(), Now{});
    } else {
      ask(call);
    }
  };
  return {
      [=](Go) { go_on(); },
      [=](Now) { ask(client->current()); },
      [=](const Answer& answer) {
        client->answered(answer);
        go_on();
      },
  };
}

struct Config : caf::actor_system_config {
  Config() {
    set("scheduler.max-threads", std::max<std::size_t>(1, std::thread::hardware_concurrency()));
  }
};

}  // namespace

struct ActorTickets::Impl {
  Config config;
  caf::actor_system system{config};
  std::vector<caf::actor> owners;
  std::deque<caf::scoped_actor> waiting;  // one for each client, when clients are threads
};

ActorTickets::ActorTickets(Setup setup, std::size_t owners, bool blocking)
    : impl_(std::make_unique<Impl>()) {
  owners = std::clamp<std::size_t>(owners, 1, setup.tickets.size());
  std::vector<std::vector<VersionedTicket>> groups(owners);
  for (std::size_t i = 0; i < setup.tickets.size(); ++i)
    groups[i % owners].push_back(std::move(setup.tickets[i]));
  for (auto& group : groups)
    impl_->owners.push_back(impl_->system.spawn(owner, std::move(group), setup.work, owners));
  if (!blocking) return;
  for (std::size_t i = 0; i < setup.clients; ++i) impl_->waiting.emplace_back(impl_->system);
}

ActorTickets::~ActorTickets() {
  for (const caf::actor& owner : impl_->owners)
    caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
}

Answer ActorTickets::execute(const Call& call) {
  Answer answer;
  impl_->waiting.at(call.client)
      ->request(impl_->owners[call.ticket % impl_->owners.size()], caf::infinite, Ask{call})
      .receive([&](Answer& given) { answer = std::move(given); },
               [](const caf::error&) { INVARIANT(!"an owner of tickets has died"); });
  return answer;
}

VersionedTicket ActorTickets::final_state(std::size_t ticket) {
  caf::scoped_actor self{impl_->system};
  const std::size_t owners = impl_->owners.size();
  VersionedTicket state;
  self->request(impl_->owners[ticket % owners], caf::infinite, Peek{ticket / owners})
      .receive([&](VersionedTicket& given) { state = std::move(given); },
               [](const caf::error&) { INVARIANT(!"an owner of tickets has died"); });
  return state;
}

void ActorTickets::drive(std::span<Client> clients) {
  if (!impl_->waiting.empty()) return Strategy::drive(clients);
  std::latch all_are_done{static_cast<std::ptrdiff_t>(clients.size())};
  std::vector<caf::actor> actors;
  for (Client& client : clients)
    actors.push_back(impl_->system.spawn(client_actor, &client, &impl_->owners, &all_are_done));
  for (const caf::actor& actor : actors) caf::anon_send(actor, Go{});
  all_are_done.wait();
}

}  // namespace usher::lab
