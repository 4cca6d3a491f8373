"""The track diagram: order, forks, lanes that pass by, folded maps, and the colours of rails."""

from __future__ import annotations

from dashboard.track.layers import END, START, layered
from dashboard.track.layout import track
from dashboard.track.shapes import Box, Drawing
from orchestrator.core.definition import Workflow
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.models import Step
from orchestrator.queries.track import Tracked, plain


def drawn(steps: list[dict[str, object]], **states: Step) -> Drawing:
    read = read_workflow(from_plain({"workflow": "w", "steps": steps}), None)
    assert isinstance(read, Workflow), read
    return track(read.root, Tracked(latest=states, lamps={}))


def boxes(drawing: Drawing) -> dict[str, Box]:
    return {box.path: box for box in drawing.boxes}


def agent(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "agent": "worker", **more}


def test_steps_in_order_stand_on_one_line() -> None:
    drawing = drawn([agent("a"), agent("b"), agent("c")])
    found = boxes(drawing)
    assert found["a"].x < found["b"].x < found["c"].x
    assert len({box.middle for box in drawing.boxes}) == 1
    assert len(drawing.rails) == 2


def test_a_parallel_forks_and_joins() -> None:
    branches = {"left": {"agent": "worker"}, "right": {"agent": "worker"}}
    drawing = drawn([agent("a"), {"id": "both", "parallel": {"branches": branches}}, agent("z")])
    found = boxes(drawing)
    assert found["both/left"].x == found["both/right"].x
    assert found["both/left"].y + found["both/left"].height < found["both/right"].y
    assert found["z"].x > found["both/left"].x + found["both/left"].width


def test_a_blackboard_is_a_stack_with_those_who_contribute() -> None:
    contributors = {"x": {"agent": "worker", "writes": ["k"]}, "y": {"agent": "other", "writes": ["k"]}}
    board = {"keys": {"k": {}}, "start": {"k": "1"}, "agents": contributors}
    (box,) = drawn([{"id": "b", "blackboard": board}]).boxes
    assert (box.shape, box.about) == ("stack", "worker, other")


def test_boxes_never_lie_on_each_other() -> None:
    steps = [agent("a"), agent("b", needs=["a"]), agent("c", needs=["a"]), agent("d", needs=["b"]),
             agent("e", needs=["c", "d"]), agent("f", needs=["a"])]  # fmt: skip
    found = drawn(steps).boxes
    for one in found:
        for other in found:
            apart = (one.x + one.width <= other.x or other.x + other.width <= one.x
                     or one.y + one.height <= other.y or other.y + other.height <= one.y)  # fmt: skip
            assert one is other or apart, (one.path, other.path)


def test_a_rail_that_passes_by_other_steps_gets_a_lane() -> None:
    layers = layered({"a": (), "b": ("a",), "c": ("b",), "d": ("c", "a")})
    assert [[(slot.name, slot.is_lane) for slot in layer] for layer in layers[1:3]] == [
        [("b", False), ("a", True)], [("c", False), ("a", True)],
    ]  # fmt: skip


def test_several_first_and_last_steps_meet_in_points() -> None:
    names = [[slot.name for slot in layer] for layer in layered({"a": (), "b": ()})]
    assert names == [[START], ["a", "b"], [END]]


def test_a_map_is_folded_with_its_count() -> None:
    step = Step(path="scan", kind="map", status="running", memo={"n": 50, "ok": 33, "failed": 1})
    steps = [{"id": "scan", "map": {"over": "input.items", "as": "one", "agent": "worker"}}]
    box = boxes(drawn(steps, scan=step))["scan"]
    assert box.shape == "stack"
    assert box.count == "34 / 50"
    assert box.failed == 1


def test_a_gate_is_a_signal_post() -> None:
    assert boxes(drawn([{"id": "ok", "gate": {"title": "Fine?"}}]))["ok"].shape == "post"


def test_a_rail_has_the_colour_of_what_it_leads_to() -> None:
    done, working = Step(path="a", status="succeeded"), Step(path="b", status="running")
    drawing = drawn([agent("a"), agent("b"), agent("c")], a=done, b=working)
    assert [rail.status for rail in sorted(drawing.rails, key=lambda rail: rail.from_x)] == ["running", "pending"]


def test_a_step_done_over_is_drawn_at_its_place_with_its_round() -> None:
    assert plain("draft#2/check#3") == "draft/check"
    step = Step(path="draft#2", status="running", attempt=1, agent="worker")
    box = boxes(drawn([agent("draft")], draft=step))["draft"]
    assert box.where == "draft#2"
    assert box.again == "round 2"


def test_a_long_name_widens_its_box_and_a_long_line_is_cut() -> None:
    box = drawn([agent("a_step_with_a_long_name")]).boxes[0]
    assert box.width > 132
    step = Step(path="a", status="running", attempt=3, agent="an-agent-with-a-very-long-name-indeed")
    sub = boxes(drawn([agent("a")], a=step))["a"].sub
    assert sub.startswith("attempt 3 · ↪ an-")
    assert sub.endswith("…")


def test_an_agent_that_merges_stands_behind_the_join() -> None:
    branches = {"left": {"agent": "worker"}, "right": {"agent": "worker"}}
    merge = {"how": "agent", "agent": "editor"}
    found = boxes(drawn([{"id": "both", "parallel": {"branches": branches, "merge": merge}}, agent("z")]))
    parts = [found["both/Parts/left"], found["both/Parts/right"]]
    assert all(one.x + one.width < found["both/Merge"].x for one in parts)
    assert found["both/Merge"].about == "editor"
    assert found["both/Merge"].x < found["z"].x


def test_a_merge_that_follows_a_rule_is_drawn_as_the_join_it_is() -> None:
    branches = {"left": {"agent": "worker"}, "right": {"agent": "worker"}}
    plain = drawn([{"id": "both", "parallel": {"branches": branches}}, agent("z")])
    voted = drawn([{"id": "both", "parallel": {"branches": branches, "merge": "majority"}}, agent("z")])
    assert voted == plain


def test_a_loop_is_folded_with_its_rounds() -> None:
    step = Step(path="draft", kind="loop", status="running", memo={"judged": 2, "failed": 1})
    body = [{"id": "write", "agent": "writer"}, {"id": "judge", "agent": "judge"}]
    box = boxes(drawn([{"id": "draft", "loop": {"do": body, "rounds": 5}}], draft=step))["draft"]
    assert (box.shape, box.about, box.count, box.failed) == ("stack", "↻ writer, judge", "2 rounds", 1)


def test_the_cases_of_a_branch_lie_side_by_side() -> None:
    cases = [{"id": "large", "when": "input.much", "gate": {"title": "?"}}, agent("small")]
    found = boxes(drawn([agent("a"), {"id": "route", "branch": cases}, agent("z")]))
    assert found["route/large"].y < found["route/small"].y
    assert found["a"].x < found["route/small"].x < found["z"].x
