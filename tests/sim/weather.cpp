#include "tests/sim/weather.hpp"

#include <vector>

namespace usher::sim {
namespace {

std::size_t one_of(test::Dice& dice, const std::vector<std::size_t>& values) {
  return dice.any_of(values);
}

}  // namespace

Weather draw_weather(test::Dice& dice) {
  Weather weather;
  weather.acts = one_of(dice, {2, 4, 6, 10});
  weather.passes = one_of(dice, {40, 100, 300});
  weather.crashes = one_of(dice, {0, 60, 200, 400, 400});
  weather.fails = one_of(dice, {0, 0, 0, 300});
  weather.slow = one_of(dice, {0, 0, 60, 200});
  weather.jumps = one_of(dice, {0, 0, 0, 80});
  weather.stops = one_of(dice, {0, 0, 300});
  weather.deposes = one_of(dice, {0, 0, 0, 300});
  auto& moods = weather.gateway;
  moods.refuses = one_of(dice, {0, 3, 6});
  moods.hangs = one_of(dice, {0, 2, 6});
  moods.hangs_but_took = one_of(dice, {0, 2, 6});
  moods.calls_back = one_of(dice, {0, 3});
  moods.captures_after_refusal = one_of(dice, {0, 3});
  moods.refuses_after_capture = one_of(dice, {0, 0, 4});
  moods.refund_hangs = one_of(dice, {0, 2});
  moods.refund_is_lost = one_of(dice, {0, 2});
  moods.refund_refuses = one_of(dice, {0, 0, 3});
  moods.throws = one_of(dice, {0, 0, 3});
  moods.turns_away = one_of(dice, {0, 0, 4});
  moods.cannot_look = one_of(dice, {0, 2});
  weather.operator_acts = one_of(dice, {0, 0, 20});
  weather.has_others = dice.one_in(2);
  weather.commits = one_of(dice, {1, 2, 6});
  weather.commits_at_once = one_of(dice, {0, 2, 4});
  weather.leader_falls = one_of(dice, {0, 10, 40, 200});
  weather.other_acts = one_of(dice, {1, 3, 10});
  weather.led_meanwhile = one_of(dice, {0, 2, 4});
  return weather;
}

MarketOptions draw_options(test::Dice& dice) {
  MarketOptions options;
  options.simulated = true;
  options.shard_count = static_cast<ShardNumber>(one_of(dice, {1, 1, 2, 3}));
  options.active_aggregates_max = one_of(dice, {1, 4, 16, 100'000});
  options.passivate_idle_ms = static_cast<DurationMs>(one_of(dice, {1, 2'000, 600'000}));
  options.waiting_commands_max = one_of(dice, {2, 1'000, 1'000, 1'000});
  options.batch_commands_max = one_of(dice, {1, 2, 512});
  options.group_commit_appends_max = one_of(dice, {1, 3, 1024});
  options.keep_snapshots = one_of(dice, {0, 1, 1}) == 1;
  options.asks_in_flight_max = one_of(dice, {5, 1'000, 1'000, 1'000, 1'000, 1'000});
  options.reminder_window_ms = static_cast<DurationMs>(one_of(dice, {2'000, 20'000, 60'000}));
  options.reminder_page = one_of(dice, {1, 2, 5, 512});
  options.reader_threads = one_of(dice, {1, 2});
  options.reader_queue_max = one_of(dice, {1, 1'000, 1'000, 1'000, 1'000, 1'000});
  options.gateway_workers = one_of(dice, {1, 4});
  options.gateway_queue_max = one_of(dice, {1, 1'000});
  options.password_workers = 1;
  options.gateway_key_life_ms = static_cast<DurationMs>(one_of(dice, {5'000, 60'000, 82'800'000}));
  options.look_up_after_ms = static_cast<DurationMs>(one_of(dice, {0, 5'000, 60'000}));
  options.look_up_lag_ms = static_cast<DurationMs>(one_of(dice, {1'000, 20'000}));
  options.recover_from_memory = dice.below(2) == 0;
  return options;
}

Clients::Options draw_clients(test::Dice& dice) {
  Clients::Options options;
  options.tickets_max = 1 + dice.below(5);
  options.buyers = 1 + dice.below(4);
  options.slots = 1 + dice.below(2);
  options.hold_ms_max = dice.one_in(2) ? 20'000 : 200'000;
  return options;
}

}  // namespace usher::sim
