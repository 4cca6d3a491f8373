"""What routing by trust does when an agent gets worse and recovers (A3): played on its own, and drawn for the docs.

`python -m tests.reliability.recovery` plays a hundred seeds, says how they went and draws `docs/images/trust.svg`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from orchestrator.reliability import trust
from orchestrator.reliability.trust import Outcome, Record, Trust

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "trust.svg"
BEFORE, WORSE, AFTER = 100, 150, 200
"""Calls before its success falls, while it is bad, and after it has recovered."""
CALLS = BEFORE + WORSE + AFTER
WELL, ILL, OTHER = 0.95, 0.60, 0.85
"""Its success at first and in the end, in between, and that of the other agent all the time."""
LATEST = 100
"""Outcomes of an agent that are looked at, as `store.measured` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """How one seed went: the share of the calls that the agent got at three times, 0 to 1."""

    before: float
    """Of the 50 calls before its success fell."""
    ill: float
    """Of the last 25 of the 50 calls after that."""
    after: float
    """Of the last 100 calls, of 200 since it recovered."""

    @property
    def moved_away(self) -> bool:
        """Tell whether most calls went to the other agent by then."""
        return self.ill < 0.5

    @property
    def came_back(self) -> bool:
        """Tell whether most calls went to it again."""
        return self.after > 0.5


@cache
def play(seed: int, ill: float = ILL) -> tuple[tuple[bool, float], ...]:
    """Return of each call whether the agent got it, and the trust in it at that time; `ill`: its success while bad."""
    dice, world = Random(f"dice {seed}"), Random(f"world {seed}")
    past: dict[str, list[tuple[int, bool]]] = {"own": [], "other": []}
    return tuple(_call(success(number, ill), number, past, dice, world) for number in range(CALLS))


def _call(
    own: float, number: int, past: dict[str, list[tuple[int, bool]]], dice: Random, world: Random
) -> tuple[bool, float]:
    latest = sorted((at, name, good) for name, found in past.items() for at, good in found[-LATEST:])
    known = trust.faded([Outcome(name, good) for _, name, good in latest])
    records = {name: Record(trust=known.get(name, Trust())) for name in past}
    scores = trust.scores(records, dice.random)
    chosen = max(scores, key=lambda name: scores[name])
    rate = own if chosen == "own" else OTHER
    past[chosen].append((number, world.random() < rate))
    return chosen == "own", records["own"].trust.mean


def success(call: int, ill: float = ILL) -> float:
    """Return how often the agent succeeds at a call."""
    return ill if BEFORE <= call < BEFORE + WORSE else WELL


def went(seed: int, ill: float = ILL) -> Went:
    """Play a seed and say how it went."""
    got = [own for own, _ in play(seed, ill)]
    return Went(
        before=_share(got[BEFORE - 50 : BEFORE]), ill=_share(got[BEFORE + 25 : BEFORE + 50]), after=_share(got[-100:])
    )


def _share(got: Sequence[bool]) -> float:
    return sum(got) / len(got)


def main() -> None:
    """Play, say how it went, and draw the first twenty seeds."""
    every = [went(seed) for seed in range(100)]
    for most in (20, 100):
        said = every[:most]
        print(
            f"of {most} seeds: {sum(one.moved_away for one in said)} moved away within 50 calls, "
            f"{sum(one.came_back for one in said)} came back, "
            f"{sum(one.moved_away and one.came_back for one in said)} both"
        )
    calm = sum(went(seed, WELL).moved_away for seed in range(100))
    print(f"of 100 seeds in which nothing changed, {calm} moved away all the same")
    PICTURE.write_text(picture([play(seed) for seed in range(20)]), encoding="utf-8")
    print(f"drew {PICTURE.name}")


WIDE, HIGH, LEFT, TOP, SPAN = 720, 300, 46, 18, 20
"""Size of the picture, its margins, and calls over which a share is taken."""


def picture(seeds: Sequence[Sequence[tuple[bool, float]]]) -> str:
    """Draw the share of calls the agent got in each seed, their mean, and the mean trust in it, as SVG."""
    shares = [_moving([float(own) for own, _ in one]) for one in seeds]
    mean = [sum(at) / len(at) for at in zip(*shares, strict=True)]
    trusted = [sum(one[call][1] for one in seeds) / len(seeds) for call in range(CALLS)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="system-ui, sans-serif" '
        'font-size="12" role="img">',
        f"<title>Share of calls an agent gets while its success falls to {ILL:.0%} and recovers, {len(seeds)} seeds"
        "</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>', *_frame(),
        *(_line(one, "#2a6fdb", 'stroke-opacity=".13"', every=6) for one in shares),
        _line(mean, "#2a6fdb", 'stroke-width="2.5"'), _line(trusted, "#c2571a", 'stroke-width="2"'),
        _line([success(call) for call in range(CALLS)], "#666", 'stroke-dasharray="4 4"'), *_legend(), "</svg>\n",
    ])  # fmt: skip


def _moving(values: Sequence[float]) -> list[float]:
    return [sum(values[max(0, at - SPAN + 1) : at + 1]) / len(values[max(0, at - SPAN + 1) : at + 1])
            for at in range(len(values))]  # fmt: skip


def _x(call: float) -> float:
    return LEFT + call / CALLS * (WIDE - LEFT - 12)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HIGH - TOP - 62)


def _line(values: Sequence[float], colour: str, more: str, every: int = 1) -> str:
    points = " ".join(f"{_x(at):.1f},{_y(values[at]):.1f}" for at in range(0, len(values), every))
    return f'<polyline fill="none" stroke="{colour}" {more} points="{points}"/>'


def _frame() -> Iterator[str]:
    yield f'<rect x="{_x(BEFORE):.1f}" y="{TOP}" width="{_x(WORSE) - LEFT:.1f}" height="{_y(0) - TOP}" fill="#f4f1ea"/>'
    for share in (0, 0.25, 0.5, 0.75, 1):
        yield f'<path d="M{LEFT} {_y(share):.1f}H{_x(CALLS):.1f}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{_y(share) + 4:.1f}" text-anchor="end" fill="#444">{share:.0%}</text>'
    for call in range(0, CALLS + 1, 50):
        yield f'<text x="{_x(call):.1f}" y="{_y(0) + 16:.1f}" text-anchor="middle" fill="#444">{call}</text>'


def _legend() -> Iterator[str]:
    named = (("share of calls it gets (20 seeds, thick: mean)", "#2a6fdb"), ("trust in it (mean)", "#c2571a"),
             ("its true success", "#666"))  # fmt: skip
    at = LEFT
    for words, colour in named:
        yield f'<path d="M{at} {HIGH - 20}h18" stroke="{colour}" stroke-width="2.5"/>'
        yield f'<text x="{at + 24}" y="{HIGH - 16}" fill="#333">{words}</text>'
        at += 44 + 6 * len(words)
    yield f'<text x="{_x(CALLS):.1f}" y="{HIGH - 16}" text-anchor="end" fill="#666">calls</text>'


if __name__ == "__main__":
    main()
