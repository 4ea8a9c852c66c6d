"""What ./bench works out from what it measured: medians, spreads, rates, and the judgement over two runs; and what the
guard of instruction counts lets pass."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import ROOT

sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "measure")]

import instructions  # noqa: E402
import part_micro  # noqa: E402
import tables  # noqa: E402
from figures import MORE, Change, Figure, compare, differences, per_second  # noqa: E402


def figure(*values, better="less", name="CPU a delivery"):
    return Figure("throughput", "1 event", name, "µs", list(values), better)


class Figures(unittest.TestCase):
    def test_the_median_and_how_far_the_values_lie_around_it(self):
        measured = figure(30, 28, 29, 50, 29)
        self.assertEqual((measured.median, measured.low, measured.high), (29, 28, 50))
        self.assertAlmostEqual(measured.spread, 11 / 29)
        self.assertEqual(figure(4, 2).median, 3)
        self.assertEqual(figure(7).spread, 0)
        self.assertEqual(figure(0, 0).spread, 0)

    def test_rates_between_moments(self):
        self.assertEqual(differences([5, 15, 35]), [10, 20])
        self.assertEqual(per_second([0, 100, 300], [10.0, 10.5, 12.5]), [200, 100])

    def test_a_saved_figure_is_read_as_it_was(self):
        measured = figure(1.5, 2.5, better=MORE)
        self.assertEqual(Figure.from_json(json.loads(json.dumps(measured.to_json()))), measured)


class Comparison(unittest.TestCase):
    def verdict(self, before, now):
        return Change(before, now).verdict

    def test_only_what_is_clear_is_judged(self):
        self.assertEqual(self.verdict(figure(30, 31, 32), figure(20, 21, 22)), "better")
        self.assertEqual(self.verdict(figure(20, 21, 22), figure(30, 31, 32)), "worse")
        self.assertEqual(self.verdict(figure(20, 31, 32), figure(22, 25, 26)), "", "the two runs overlap")
        self.assertEqual(self.verdict(figure(100), figure(102)), "", "apart, but hardly")
        self.assertEqual(self.verdict(figure(30), figure(30)), "")

    def test_of_rates_more_is_better(self):
        self.assertEqual(self.verdict(figure(100, better=MORE), figure(200, better=MORE)), "better")
        self.assertEqual(self.verdict(figure(200, better=MORE), figure(100, better=MORE)), "worse")

    def test_nothing_divides_by_zero(self):
        self.assertEqual(Change(figure(0), figure(0)).ratio, 1)
        self.assertEqual(self.verdict(figure(0), figure(5)), "worse")

    def test_one_name_in_two_units_is_two_figures(self):
        def taken(unit, value):
            return Figure("throughput", "10 events", "taken", unit, [value], MORE)

        changes, alone = compare([taken("deliveries/s", 10), taken("events/s", 100)],
                                 [taken("deliveries/s", 20), taken("events/s", 200)])
        self.assertEqual(([change.ratio for change in changes], alone), ([2, 2], []))

    def test_figures_are_matched_by_what_they_are_of(self):
        before = [figure(1, name="a"), figure(2, name="gone")]
        now = [figure(3, name="new"), figure(4, name="a")]
        changes, alone = compare(before, now)
        self.assertEqual([(change.before.median, change.now.median) for change in changes], [(1, 4)])
        self.assertEqual([key[2] for key in alone], ["gone", "new"])


class Tables(unittest.TestCase):
    def test_numbers_keep_what_matters(self):
        shown = [tables.number(value) for value in (41234.5, 27.94, 1.234, 0.03456, 0, -3.5)]
        self.assertEqual(shown, ["41,234", "27.9", "1.23", "0.0346", "0", "-3.50"])

    def test_columns_are_aligned(self):
        lines = tables.table(["", "a"], [["one", "1"], ["three", "1,000"]]).splitlines()
        self.assertEqual(lines[2:], ["one        1", "three  1,000"])


class Micro(unittest.TestCase):
    def test_what_google_benchmark_writes_is_read_in_microseconds(self):
        turn = {"name": "a/1", "run_type": "iteration", "cpu_time": 2.5, "time_unit": "ms"}
        own = {"name": "b/1", "run_type": "iteration", "cpu_time": 9, "time_unit": "ns", "ns_per_event": 3500.0}
        mean = {"name": "b/1_mean", "run_type": "aggregate", "cpu_time": 9, "time_unit": "ns", "ns_per_event": 3500.0}
        found = part_micro.figures_of("document", [turn, own, own, mean])
        self.assertEqual([(one.case, one.unit, one.values) for one in found],
                         [("document: a/1", "µs", [2500.0]), ("document: b/1", "µs", [3.5, 3.5])])


class TheCommand(unittest.TestCase):
    def run_main(self, *words):
        return subprocess.run([sys.executable, ROOT / "benchmarks" / "measure" / "main.py", *words], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)

    def test_a_wrong_word_is_told_before_anything_is_measured(self):
        done = self.run_main("thruput")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown part thruput", done.stderr)
        with tempfile.NamedTemporaryFile() as empty:
            done = self.run_main("--compare", empty.name, "idle")
        self.assertIn("is no run that ./bench saved", done.stderr)
        self.assertNotEqual(done.returncode, 0)


class InstructionCounts(unittest.TestCase):
    KEPT = {"seal": 1000, "gzip": 2000}

    def judged(self, counted):
        return {name: fits for name, _, fits in instructions.judge(self.KEPT, counted)}

    def test_what_passes_and_what_fails(self):
        self.assertEqual(self.judged({"seal": 1050, "gzip": 900}), {"seal": True, "gzip": True})
        self.assertEqual(self.judged({"seal": 1051, "gzip": 2000}), {"seal": False, "gzip": True})
        self.assertEqual(self.judged({"seal": 1000}), {"seal": True, "gzip": False}, "none is left out in silence")
        self.assertFalse(self.judged({**self.KEPT, "new": 1})["new"], "nor comes in without being kept")

    def test_the_file_is_read_as_it_was_written(self):
        self.assertEqual(instructions.read_kept(instructions.text_of("g++ · valgrind", self.KEPT)),
                         ("g++ · valgrind", self.KEPT))

    def test_the_kept_file_names_every_path_once(self):
        lines = [line.split()[0] for line in Path(instructions.KEPT).read_text().splitlines()
                 if line and not line.startswith("#")]
        self.assertEqual(len(lines), len(set(lines)))
        self.assertGreater(len(lines), 5)
