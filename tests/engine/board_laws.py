"""What must hold of every blackboard, checked from its events alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, cast

from orchestrator.core.blackboards.definition import FIRST, Blackboard
from orchestrator.core.blackboards.memory import Memory, Stand
from orchestrator.core.book import Book
from orchestrator.core.definition import Workflow
from orchestrator.core.events import BoardClosed, BoardConflict, BoardRefused, BoardWritten, Fact, RunForked, StepOpened
from orchestrator.core.ids import StepPath, child, parent, segments
from orchestrator.core.lookup import node_at
from orchestrator.core.snapshot import states_of
from orchestrator.core.status import StepStatus


class BoardLaws:
    """Keeps every board's versions a second time, by a rule of its own."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.versions: dict[StepPath, dict[str, int]] = defaultdict(dict)
        self.given: dict[StepPath, dict[str, int]] = {}
        """The versions when a turn began."""
        self.done: set[StepPath] = set()
        """Turns of which something came."""

    def before(self, fact: Fact, book: Book) -> None:
        """Check a fact before it is folded."""
        match fact:
            case BoardWritten():
                self._written(fact, book)
            case BoardConflict():
                self._turn(fact, book)
                moved = cast("dict[str, dict[str, Any]]", fact.keys)
                assert moved, "it lost against nobody"
                for key, move in moved.items():
                    assert move["now"] == self.versions[fact.path].get(key, 0) > move["read"], f"{key}: {move}"
            case BoardRefused():
                self._turn(fact, book)
            case BoardClosed():
                assert fact.versions == self.versions[fact.path]
            case _:
                pass

    def after(self, fact: Fact) -> None:
        """Note what a turn is given when it begins, or begins anew."""
        if isinstance(fact, RunForked):
            self._taken_over(fact)
        above = parent(fact.path)
        if fact.type not in ("step.opened", "step.reopened") or above is None:
            return
        if isinstance(node_at(self.workflow, above), Blackboard):
            self.given[fact.path] = dict(self.versions[above])
            self._limits(fact, above)

    def _taken_over(self, fact: RunForked) -> None:
        """Believe what another run had come to: its own laws have looked at it."""
        for state in states_of(fact).values():
            if state.kind != "blackboard":
                continue
            memory = Memory.of(state)
            self.versions[state.path] = dict(memory.versions)
            for name, side in memory.sides.items():
                over = side.turns + (side.stand in (Stand.IDLE, Stand.OUT))
                self.done |= {child(state.path, name, turn) for turn in range(1, over)}
                self.given |= {child(state.path, name, turn): dict(side.seen) for turn in range(1, side.turns + 1)}

    def _limits(self, fact: Fact, above: StepPath) -> None:
        last = segments(fact.path)[-1]
        if isinstance(fact, StepOpened) and last.generation > 1:
            assert child(above, last.name, last.generation - 1) in self.given, "turns have gaps"

    def _turn(self, fact: BoardWritten | BoardConflict | BoardRefused, book: Book) -> StepPath:
        path = child(fact.path, fact.by, fact.turn)
        state = book.step(path)
        assert state is not None
        assert state.status == StepStatus.SUCCEEDED, f"'{path}' {state.status} and contributed"
        assert path not in self.done, f"'{path}' contributed twice"
        self.done.add(path)
        return path

    def _written(self, fact: BoardWritten, book: Book) -> None:
        """Nobody's update is lost: what was read or written had not moved since the turn began (P10)."""
        given = self.given[self._turn(fact, book)]
        now = self.versions[fact.path]
        for key in (*fact.read, *fact.keys, *fact.same):
            assert now.get(key, 0) == given.get(key, 0), f"'{key}' had moved under {fact.by}"
        for key, version in fact.keys.items():
            assert version == now.get(key, 0) + 1, f"'{key}' went from {now.get(key, 0)} to {version}"
            now[key] = version
        board = cast("Blackboard", node_at(self.workflow, fact.path))
        assert {*fact.keys} <= {*board.by_name[fact.by].writes}, f"{fact.by} wrote {sorted(fact.keys)}"
        assert fact.by == FIRST or all(fact.read.values()), f"{fact.by} read what nobody had written"
