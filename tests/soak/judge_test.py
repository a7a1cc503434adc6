"""Does the judge of the soak see what it is there for? Each case is a run in which one thing went
wrong."""
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import hostile  # noqa: E402
import judge  # noqa: E402
import node as node_of  # noqa: E402
from shoppers import Market  # noqa: E402

SECONDS = 600
MIB = 1 << 20


class Judge(unittest.TestCase):
    def setUp(self):
        quiet = {name: 0.0 for name in node_of.GAUGES}
        self.samples = [{**quiet, "seconds": float(i), "rss_bytes": 50.0 * MIB, "threads": 24.0,
                         "fds": 40.0, "sockets": 5.0} for i in range(SECONDS)]
        self.settled = dict(self.samples[-1])
        self.market, self.results = Market(), hostile.Results()
        for deed in ("sell", "edit", "look", "reserve", "pay", "cancel"):
            self.market.saw(deed, 200, (200,))
        for name, outcome in hostile.EXPECTED.items():
            self.results.add(f"{name}: {outcome}")

    def complaints(self, is_asan: bool = False) -> str:
        return "\n".join(judge.judge(self.samples, self.settled, self.market, self.results, SECONDS,
                                     is_asan))

    def test_a_good_run_has_no_complaint(self):
        self.assertEqual(self.complaints(), "")

    def test_a_leak_of_three_mib_a_minute(self):
        for i, sample in enumerate(self.samples):
            sample["rss_bytes"] += i * 3 * MIB / 60
        self.assertIn("memory grew", self.complaints())

    def test_growth_while_it_warms_up_is_none(self):
        for sample in self.samples[:SECONDS // 5]:
            sample["rss_bytes"] = 10.0 * MIB
        self.assertEqual(self.complaints(), "")

    def test_a_peak(self):
        self.samples[300]["rss_bytes"] = judge.RSS_BYTES_MAX + 1.0
        self.assertIn("memory reached", self.complaints())

    def test_whatever_still_waits(self):
        for name in node_of.QUEUES:
            with self.subTest(name):
                self.settled[name] = 1.0
                self.assertIn(name, self.complaints())
                self.settled[name] = 0.0

    def test_what_is_left_behind(self):
        for name, value in (("usher_streams", 1.0), ("usher_connections", 2.0),
                            ("sockets", 8.0), ("threads", 25.0)):
            with self.subTest(name):
                before, self.settled[name] = self.settled[name], value
                self.assertNotEqual(self.complaints(), "")
                self.settled[name] = before

    def test_a_thread_for_each_client(self):
        for sample in self.samples[SECONDS // 2:]:
            sample["threads"] = 60.0
        self.settled["threads"] = 60.0
        self.assertIn("threads grew", self.complaints())

    def test_a_request_without_an_answer(self):
        self.market.unanswered.append("GET /")
        self.assertIn("not answered", self.complaints())

    def test_an_answer_against_the_contract(self):
        self.market.saw("sell", 500, (201,))
        self.assertIn("sell: 500", self.complaints())

    def test_a_hostile_client_that_is_forgotten_or_served(self):
        self.results.forgot("slow head")
        self.assertIn("forgotten", self.complaints())
        self.results = hostile.Results()
        self.results.add("huge body: 201")
        self.assertIn("'huge body'", self.complaints())


if __name__ == "__main__":
    unittest.main()
