"""Drawings of runs too large to be drawn piece by piece: long sequences, wide maps, thousands of attempts."""

from __future__ import annotations

from itertools import pairwise

from dashboard.track.folding import LONG
from dashboard.track.layout import track
from dashboard.track.ran import ran_track
from dashboard.track.shapes import Box
from dashboard.track.timeline import BINS, LANES, chart
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.models import Step
from orchestrator.queries.ran import Ran
from orchestrator.queries.timeline import Stretch, Timeline
from orchestrator.queries.track import Tracked


def root(steps: list[dict[str, object]]) -> Node:
    read = read_workflow(from_plain({"workflow": "w", "steps": steps}), None)
    assert isinstance(read, Workflow), read
    return read.root


def chain(count: int) -> Node:
    return root([{"id": f"s{number}", "agent": "worker"} for number in range(count)])


def states(count: int, at_work: int) -> dict[str, Step]:
    done = {f"s{n}": Step(path=f"s{n}", kind="agent", status="succeeded", attempt=1) for n in range(at_work)}
    return done | {f"s{at_work}": Step(path=f"s{at_work}", kind="agent", status="running", attempt=1)}


def ran(**steps: Step) -> Ran:
    found = {path.replace("__", "#"): step for path, step in steps.items()}
    return Ran(steps=found, generations={}, items={}, rest={}, tries={})


def names(boxes: tuple[Box, ...]) -> list[str]:
    return [box.name for box in sorted(boxes, key=lambda box: box.x)]


def test_a_short_sequence_is_drawn_whole() -> None:
    drawing = track(chain(LONG - 2), Tracked(latest={}, lamps={}))
    assert len(drawing.boxes) == LONG - 2


def test_of_a_long_sequence_what_is_at_work_is_drawn_and_the_rest_is_put_away() -> None:
    drawing = track(chain(5000), Tracked(latest=states(5000, 2500), lamps={}))
    assert len(drawing.boxes) < 30
    shown = names(drawing.boxes)
    assert shown[:3] == ["s0", "s1", "s2"]
    assert shown[-1] == "s4999"
    assert {"s2497", "s2500", "s2503"} <= set(shown)
    stacks = {box.name: box for box in drawing.boxes if box.shape == "stack"}
    assert {name: box.status for name, box in stacks.items()} == {"2494 steps": "succeeded", "2493 steps": "pending"}
    assert sum(int(name.split()[0]) for name in stacks) + len(drawing.boxes) - len(stacks) == 5000
    assert len({box.mark for box in drawing.boxes}) == len(drawing.boxes)


def test_rails_of_a_shortened_sequence_lead_through() -> None:
    drawing = track(chain(200), Tracked(latest=states(200, 100), lamps={}))
    ordered = sorted(drawing.boxes, key=lambda box: box.x)
    assert len(drawing.rails) >= len(ordered) - 1
    for left, right in pairwise(ordered):
        assert left.x + left.width <= right.x
        assert any(rail.to_x == right.x for rail in drawing.rails), right.name


def test_a_failure_in_a_long_sequence_is_never_put_away() -> None:
    known = states(200, 150) | {"s70": Step(path="s70", kind="agent", status="failed")}
    drawing = track(chain(200), Tracked(latest=known, lamps={}))
    assert "s70" in names(drawing.boxes)


def test_each_round_stands_below_the_one_before() -> None:
    again = Ran(
        steps={"a": Step(path="a", status="succeeded"), "b": Step(path="b", status="failed"),
               "a#2": Step(path="a#2", status="succeeded"), "b#2": Step(path="b#2", status="running")},
        generations={"a": 2, "b": 2}, items={}, rest={}, tries={},
    )  # fmt: skip
    drawing = ran_track(chain_of("a", "b"), again)
    found = {box.path: box for box in drawing.boxes if box.shape == "box"}
    assert found["a#2"].y > found["a"].y + found["a"].height
    assert found["a#2"].x == found["a"].x
    assert [box.name for box in drawing.boxes if box.shape == "text"] == ["round 1", "round 2"]


def chain_of(*ids: str) -> Node:
    return root([{"id": name, "agent": "worker"} for name in ids])


def test_attempts_are_lamps_and_a_fallback_is_marked() -> None:
    step = Step(path="a", kind="agent", status="running", attempt=3, attempt_status="running", agent="spare")
    known = Ran(steps={"a": step}, generations={}, items={}, rest={}, tries={"a": ("failed", "timed_out")})
    (box,) = ran_track(chain_of("a"), known).boxes
    assert box.lamps == ("failed", "timed_out", "running")
    assert box.about == "↪ spare"


def test_items_of_a_wide_map_are_counted_beyond_the_first() -> None:
    tree = root([{"id": "m", "map": {"over": "input.items", "as": "one", "agent": "worker"}}])
    shown = {f"m[{n}]": Step(path=f"m[{n}]", kind="agent", status="failed") for n in range(3)}
    known = Ran(steps={"m": Step(path="m", kind="map", status="running"), **shown}, generations={},
                items={"m": tuple(shown)}, rest={"m": (("succeeded", 4990), ("pending", 7))}, tries={})  # fmt: skip
    boxes = ran_track(tree, known).boxes
    assert {(box.name, box.status) for box in boxes} == {
        ("m[0]", "failed"), ("m[1]", "failed"), ("m[2]", "failed"), ("4990 more", "succeeded"), ("7 more", "pending"),
    }  # fmt: skip


def line(agents: dict[str, list[Stretch]], is_detailed: bool = True, gates: list[Stretch] | None = None) -> Timeline:
    return Timeline(begins_at=100.0, ends_at=110.0, goes_on=False, is_detailed=is_detailed, agents=agents,
                    gates=gates or [])  # fmt: skip


def done(path: str, start: float, end: float, **more: object) -> Stretch:
    return Stretch(path=path, **{"status": "succeeded", "queued_at": 100 + start, "ready_at": 100 + start,
                                 "started_at": 100 + start, "ended_at": 100 + end, **more})  # type: ignore[arg-type]  # fmt: skip


def test_bars_of_an_agent_that_overlap_stand_in_lanes() -> None:
    (row,) = chart(line({"worker": [done("a", 0, 4), done("b", 2, 6), done("c", 5, 9)]})).rows
    assert [(bar.one.path, bar.lane) for bar in row.bars] == [("a", 0), ("b", 1), ("c", 0)]
    assert row.bars[1].x == "20.000%"
    assert row.bars[1].width == "40.000%"


def test_a_retry_is_marked_and_what_it_waited_for_is_thin() -> None:
    again = done("a", 2, 6, attempt=2, status="failed", started_at=105.0, ready_at=104.0)
    (bar,) = chart(line({"worker": [again]})).rows[0].bars
    assert bar.words == "a · ↻ 2 · failed"
    assert bar.wait_x == "20.000%"
    assert bar.wait_width == "30.000%"
    assert bar.held == 2.0


def test_gates_have_a_row_of_their_own_and_what_is_open_reaches_the_end() -> None:
    open_gate = Stretch(path="ok", status="waiting", queued_at=104.0, started_at=104.0)
    worker, gates = chart(line({"worker": [done("a", 0, 4)]}, gates=[open_gate])).rows
    assert gates.is_gates
    assert not worker.is_gates
    assert gates.bars[0].width == "60.000%"
    assert gates.bars[0].to is None


def test_thousands_of_attempts_are_a_few_outlines() -> None:
    """U4: not one element for each of thousands."""
    many = [done("", n * 0.001, n * 0.001 + 2, status="failed" if n % 100 == 0 else "succeeded") for n in range(8000)]
    (row,) = chart(line({"worker": many}, is_detailed=False)).rows
    assert row.bars == ()
    assert [status for status, _ in row.paths] == ["succeeded", "failed"]
    assert sum(d.count("M") for _, d in row.paths) <= 2 * BINS
    assert row.count == 8000
    assert row.failed == 80
    assert 1900 <= row.most <= 2300


def test_too_many_at_once_are_counted_even_in_a_small_run() -> None:
    (row,) = chart(line({"worker": [done(f"m[{n}]", 0, 5) for n in range(LANES + 1)]})).rows
    assert row.bars == ()
    assert row.most == LANES + 1
