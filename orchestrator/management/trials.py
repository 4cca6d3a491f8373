"""Waits for trials of agents on the console, and says how they went, in words and for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from difflib import unified_diff

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Run
from orchestrator.queries.families import open_gates_of
from orchestrator.queries.trials import Result, results_of

PAUSE_SECONDS = 0.05
LOOK_AFTER_SECONDS = 2.0
MOST_EVIDENCE = 8
"""Lines of evidence that are printed; the run has all of it."""
GIVEN = "the input"
"""What a trial without an example is called."""


def wait(ids: Sequence[str], say: Callable[[str], None], look_after: Callable[[], object]) -> list[Result]:
    """Wait until these trials are over, saying where a person is asked; returns them in the order they were begun."""
    next_look, told = 0.0, set[int]()
    while True:
        if time.monotonic() >= next_look:
            look_after()
            next_look = time.monotonic() + LOOK_AFTER_SECONDS
        runs = Run.objects.in_bulk(list(ids))
        if all(run.status in RUN_ENDED for run in runs.values()):
            return list(results_of([runs[run_id] for run_id in ids]))
        for gates in open_gates_of([run.id for run in runs.values() if run.gates]).values():
            for gate in gates:
                if gate.pk not in told:
                    told.add(gate.pk)
                    say(f"waits for a person: {gate.title}; answer with: {sys.argv[0]} decide {gate.pk} approve")
        time.sleep(PAUSE_SECONDS)


def told(results: Sequence[Result]) -> Iterator[str]:
    """Say how trials went, version by version, and what differs between two."""
    versions = list(dict.fromkeys(one.version for one in results))
    for version in versions:
        mine = [one for one in results if one.version == version]
        yield f"{mine[0].agent}, version {version}"
        for one in mine:
            yield from _lines(one)
        yield f"  {summary(mine)}"
    if len(versions) == 2:
        yield from _differences(results, versions)


def _lines(one: Result) -> Iterator[str]:
    mark = "✗" if one.why else "✓"
    yield f"  {mark} {one.example or GIVEN:<30} {seconds(one.seconds)}"
    yield from (f"      {why}" for why in one.why)
    yield from (f"      | {line}" for line in one.evidence.splitlines()[-MOST_EVIDENCE:])
    if one.why and one.output is not None:
        yield f"      its output: {shortened(codec.dumps(one.output))}"
    if not one.example and one.output is not None and not one.why:
        yield from (f"      {line}" for line in pretty(one.output))


def summary(results: Sequence[Result]) -> str:
    """Say of one version's trials how many passed, and what they took."""
    passed = sum(not one.why for one in results)
    took = [one.seconds for one in results if one.seconds is not None]
    costs = [one.cost_usd for one in results if one.cost_usd is not None]
    cost = f"${sum(costs):.4f}" if costs else "cost unknown"
    tokens = [one.tokens for one in results if one.tokens is not None]
    spent = f", {sum(tokens):,} tokens" if tokens else ""
    return f"{passed} of {len(results)} passed; {seconds(sum(took) if took else None)}, {cost}{spent}"


def _differences(results: Sequence[Result], versions: Sequence[int]) -> Iterator[str]:
    by = {(one.version, one.example): one for one in results}
    for example in dict.fromkeys(one.example for one in results):
        pair = [by[version, example] for version in versions]
        left, right = (pretty(one.output) for one in pair)
        if left == right:
            same = "the same output" if pair[0].output is not None else "no output from either"
            yield f"{example or GIVEN}: {same}"
            continue
        yield f"{example or GIVEN}:"
        one, other = (f"version {version}" for version in versions)
        yield from (f"  {line}" for line in unified_diff(left, right, one, other, lineterm="", n=2))


def pretty(value: Json) -> list[str]:
    """Write a value over several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def seconds(value: float | None) -> str:
    """Write a time; what is unknown is a dash."""
    return "–" if value is None else f"{value:.2f} s"


def shortened(text: str, most: int = 300) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= most else f"{text[:most]}…"


def as_json(one: Result) -> dict[str, Json]:
    """Return what programs read of a trial."""
    return {
        "run_id": one.run.id, "agent": one.agent, "version": one.version, "example": one.example,
        "status": one.status, "why": list(one.why), "evidence": one.evidence, "output": one.output,
        "seconds": one.seconds,
        "cost_usd": None if one.cost_usd is None else str(one.cost_usd), "tokens": one.tokens,
    }  # fmt: skip
