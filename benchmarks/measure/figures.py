"""Figures: what was measured, several times each, and how two runs compare. Pure; no measuring here."""

import statistics
from dataclasses import dataclass, field

LESS, MORE = "less", "more"  # which way is better


@dataclass
class Figure:
    """One thing measured. `case` is where in its part it belongs ("1 event, 1 tenant"); values in the order they came."""

    part: str
    case: str
    name: str
    unit: str
    values: list = field(default_factory=list)
    better: str = LESS

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def low(self):
        return min(self.values)

    @property
    def high(self):
        return max(self.values)

    @property
    def spread(self):
        """Half the way from the lowest to the highest, as a share of the median; 0 for a single value."""
        return (self.high - self.low) / 2 / abs(self.median) if self.median else 0.0

    @property
    def key(self):
        return self.part, self.case, self.name, self.unit

    def to_json(self):
        return {"part": self.part, "case": self.case, "name": self.name, "unit": self.unit, "better": self.better,
                "median": self.median, "low": self.low, "high": self.high, "values": self.values}

    @staticmethod
    def from_json(row):
        return Figure(row["part"], row["case"], row["name"], row["unit"], list(row["values"]), row["better"])


@dataclass
class Change:
    """A figure beside the same one of an earlier run."""

    before: Figure
    now: Figure

    @property
    def ratio(self):
        if self.before.median == 0:
            return 1.0 if self.now.median == 0 else float("inf")
        return self.now.median / self.before.median

    @property
    def apart(self):
        """Whether the two runs' values do not overlap at all: only then is a difference more than noise."""
        return self.now.low > self.before.high or self.now.high < self.before.low

    @property
    def verdict(self):
        """'better', 'worse', or '' where the difference is under 3 % or within what the runs themselves vary."""
        if not self.apart or abs(self.ratio - 1) < 0.03:
            return ""
        return "better" if (self.ratio > 1) == (self.now.better == MORE) else "worse"


def compare(before, now):
    """Changes of the figures that both runs have, in the order of `now`; and the keys that only one of them has."""
    earlier = {figure.key: figure for figure in before}
    changes = [Change(earlier[figure.key], figure) for figure in now if figure.key in earlier]
    both = {change.now.key for change in changes}
    alone = [figure.key for figure in [*before, *now] if figure.key not in both]
    return changes, alone


def differences(samples):
    """Of counters read one after the other: by how much each grew."""
    return [later - earlier for earlier, later in zip(samples, samples[1:])]


def per_second(counts, times):
    """Rates between moments: `counts` and `times` are read together."""
    return [grown / took for grown, took in zip(differences(counts), differences(times))]
