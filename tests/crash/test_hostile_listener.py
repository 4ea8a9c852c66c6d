"""The relay before a hostile listener, in short: every fault alone, and some seconds of a mixture by chance. The long form
is `./test --long listener`."""

import os
import random
import unittest

import load  # noqa: F401  (finds the flow tests' modules)
from hostile_listener import each_alone, mixture


class HostileListener(unittest.TestCase):
    maxDiff = 10_000

    def test_every_fault_alone(self):
        found, figures = each_alone()
        print(figures)
        self.assertEqual(found[:20], [])

    def test_a_mixture_by_chance(self):
        seed = int(os.environ.get("HOOKLINE_SEED") or random.randrange(1 << 30))
        found, figures = mixture(seed, seconds=12)
        print(f"seed {seed}: {figures}")
        self.assertEqual(found[:20], [], f"HOOKLINE_SEED={seed}")
