"""Kind `wait`: nothing happens until a time has come (P14). It holds no slot, and its timer survives every restart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, cast

from orchestrator.core import shapes
from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded, TimerSet, WaitBegun
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.nodes.contract import Look, Usual
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import LONGEST_SECONDS, seconds_of
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.schema_words import noun
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape
from orchestrator.core.signals import Due, Reopen, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

TIMER = "wait"
_NEAR_SECONDS = 0.01
"""A timer that goes off so little too early is on time."""
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_AS_SPAN = "give a number of seconds, or a text such as '10m'"
_AS_MOMENT = "write it like 2030-01-31T09:00:00Z, or as seconds since 1970"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Node):
    """Wait for a time, which is said in one of four ways."""

    kind: ClassVar[str] = "wait"

    seconds: float | None = None
    moment: float | None = None
    """Seconds since 1970."""
    for_: str = ""
    """Expression of a span of time."""
    until: str = ""
    """Expression of a moment."""


class WaitKind(Usual):
    """See the module. Its memory: `until`, in seconds since 1970."""

    wakes = True

    def parse(self, step: StepTree, reader: StepReader) -> Wait:
        """Read how long, or until when."""
        if not isinstance(step.own.value, dict):
            return Wait(seconds=reader.duration(step.own, None), **step.common)
        fields = reader.fields(step.own, ("for", "until"), "'wait'")
        if len(fields) != 1:
            reader.wrong(step.own, "a wait has 'for' or 'until'", "write wait: 10m, {for: …} or {until: …}")
            return Wait(**step.common)
        if "until" in fields:
            return replace(_read_moment(fields["until"], reader), **step.common)
        if seconds_of(fields["for"].value) is not None:
            return Wait(seconds=reader.duration(fields["for"], None), **step.common)
        return Wait(for_=reader.expression(fields["for"]), **step.common)

    def check(self, node: Wait, types: Types) -> Shape:
        """Check what its expression is; nothing comes out of it."""
        own = types.written(node).own
        if isinstance(own.value, dict) and (node.for_ or node.until):
            (tree,) = own.value.values()
            known = shapes.types(types.shape(tree))
            if known and not known & {"number", "integer", "string"}:
                hint = _AS_SPAN if node.for_ else _AS_MOMENT
                types.reader.wrong(tree, f"a time is a number or a text, this is {noun(sorted(known))}", hint)
        return shapes.of_schema({"type": "null"})

    def start(self, node: Wait, look: Look) -> Sequence[Fact]:
        """Set the timer; end at once where the time has come already."""
        until = _until(node, look)
        left = until - look.now
        if left > LONGEST_SECONDS:
            reason = f"it would wait {left / 86_400:.0f} days, and at most 366 are allowed"
            raise ExpressionFault(reason, "let a later run do what follows")
        return [WaitBegun(path=look.path, until=round(until, 6)), *_go_on(look, until)]

    def on(self, node: Wait, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """End when the time has come; begin anew when reopened."""
        if isinstance(signal, Reopen) or "until" not in state.memo:
            return self.start(node, look)
        if (isinstance(signal, Due) and signal.timer == TIMER) or isinstance(signal, TakenOver):
            return _go_on(look, cast("float", state.memo["until"]))
        return []

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember until when."""
        return replace(state, memo={"until": fact.until}) if isinstance(fact, WaitBegun) else state


def _go_on(look: Look, until: float) -> list[Fact]:
    """Return the end, or the timer for what is left: a clock may have been set back, or a timer be an old one."""
    left = until - look.now
    if left > _NEAR_SECONDS:
        return [TimerSet(path=look.path, timer=TIMER, delay_seconds=round(left, 6))]
    return [StepEnded(path=look.path, status=StepStatus.SUCCEEDED)]


def _until(node: Wait, look: Look) -> float:
    """Return the moment that is waited for, in seconds since 1970; raises ExpressionFault."""
    if node.moment is not None:
        return node.moment
    if node.until:
        value = look.value(node.until)
        found = value if _is_number(value) else _moment(value) if isinstance(value, str) else type_of(value)
        if isinstance(found, str):
            raise ExpressionFault(f"until: '{node.until}' is {found}, not a moment", _AS_MOMENT)
        return float(cast("float", found))
    return look.now + (_seconds(node, look) if node.seconds is None else node.seconds)


def _seconds(node: Wait, look: Look) -> float:
    value = look.value(node.for_)
    found = seconds_of(value)
    if found is not None and found >= 0:
        return found
    said = f"'{value}'" if isinstance(value, str) else str(value) if _is_number(value) else type_of(value)
    raise ExpressionFault(f"for: '{node.for_}' is {said}, not a span of time", _AS_SPAN)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(text: str) -> float | str:
    """Read a moment as RFC 3339 writes it; returns what is wrong with it where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return f"'{text}', which is no date and time"
    return found.timestamp() if found.tzinfo else f"'{text}', which does not say its time zone"


def _read_moment(written: Tree, reader: StepReader) -> Wait:
    if not isinstance(written.value, str) or not _MOMENT.match(written.value):
        return Wait(id="", until=reader.expression(written))
    found = _moment(written.value)
    if isinstance(found, str):
        reader.wrong(written, f"this is {found}", _AS_MOMENT)
        return Wait(id="")
    return Wait(id="", moment=found)
