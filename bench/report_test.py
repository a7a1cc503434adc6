"""Do the figures of a report belong together? Ratios are taken within a round."""
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

from harness.report import Results  # noqa: E402
from harness.statistics import ratios  # noqa: E402


def entry(system: str, round_number: int, speed: float, failures: tuple[str, ...] = ()) -> dict:
    return {"workload": "read_one", "system": system, "connections": 64, "rate": 0,
            "round": round_number,
            "result": {"operations_per_second": speed, "failures": list(failures)}}


class Ratios(unittest.TestCase):
    def test_a_ratio_pairs_what_was_measured_in_the_same_round(self):
        # Given a machine that becomes ten times as fast, and a peer that fails once before that,
        results = Results({"entries": [
            entry("peer", 0, 10, failures=("refused",)), entry("usher", 0, 20),
            entry("peer", 1, 100), entry("usher", 1, 300)]})
        # when we are compared with the peer, then only the round that both have counts.
        ratio = results.times_as_fast("read_one", "peer", 64)
        self.assertEqual(ratio["median"], 3)
        self.assertEqual(ratio["rounds"], 1)

    def test_rounds_need_not_be_in_order(self):
        results = Results({"entries": [entry("usher", 1, 30), entry("usher", 0, 2),
                                       entry("peer", 0, 1), entry("peer", 1, 10)]})
        ratio = results.times_as_fast("read_one", "peer", 64)
        self.assertEqual((ratio["min"], ratio["max"]), (2, 3))

    def test_without_a_common_round_there_is_no_ratio(self):
        self.assertIsNone(ratios({0: 1.0}, {1: 1.0}))

    def test_we_are_not_compared_with_ourselves(self):
        results = Results({"entries": [entry("usher", 0, 2)]})
        self.assertIsNone(results.times_as_fast("read_one", "usher", 64))


if __name__ == "__main__":
    unittest.main()
