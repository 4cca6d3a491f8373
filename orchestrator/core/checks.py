"""Named checks of what somebody made: conditions of the workflow, so that no model is asked what a rule can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.parse import Reader
from orchestrator.core.scope import Types
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

MOST_LETTERS = 300
"""Of what is said of one failed check."""
_SHAPE = "write name: condition, a line for each, or a list of {name, check, why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold."""

    name: str
    """What people know it by."""
    test: str
    """The condition."""
    why: str = ""
    """What to say to whoever failed it."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A check that did not hold, and what to say about it."""

    name: str
    why: str = ""

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.name} ({self.why})" if self.why else self.name


def read(tree: Tree | None, reader: Reader) -> tuple[Check, ...]:
    """Read checks, each name once."""
    if tree is None:
        return ()
    if isinstance(tree.value, dict):
        return tuple(
            Check(name=name, test=reader.expression(inner))
            if not isinstance(inner.value, dict)
            else _read_one(inner, reader, name)
            for name, inner in tree.value.items()
        )
    if not isinstance(tree.value, list):
        reader.wrong(tree, f"checks must be an object or a list, but are {type_of(tree.value)}", _SHAPE)
        return ()
    found: dict[str, Check] = {}
    for one in tree.value:
        check = _read_one(one, reader)
        if check.name in found:
            reader.wrong(one, f"another check is called '{check.name}'", "give each a name of its own")
        found[check.name] = check
    return tuple(found.values())


def _read_one(tree: Tree, reader: Reader, name: str = "") -> Check:
    needed = ("check",) if name else ("name", "check")
    fields = reader.fields(tree, (*needed, "why"), "a check", required=needed)
    test, why = reader.expression(fields.get("check")), reader.text(fields.get("why"))
    return Check(name=name or reader.text(fields.get("name")), test=test, why=why)


def conditions(tree: Tree | None) -> list[Tree]:
    """Return the conditions as they are written, to be checked in their scope."""
    inner = [] if tree is None else [*tree.inner()]
    found = [one.value.get("check") if isinstance(one.value, dict) else one for one in inner]
    return [one for one in found if one is not None and not isinstance(one.value, dict | list)]


def check_conditions(tree: Tree | None, types: Types) -> None:
    """Check that every condition can be evaluated in a scope, as far as known before a run."""
    for condition in conditions(tree):
        types.condition(condition)


def unmet(checks: Iterable[Check], holds: Callable[[str], bool]) -> tuple[Unmet, ...]:
    """Return the checks that do not hold; one that can't be evaluated does not."""
    return tuple(one for check in checks if (one := _tried(check, holds)) is not None)


def _tried(check: Check, holds: Callable[[str], bool]) -> Unmet | None:
    try:
        return None if holds(check.test) else Unmet(check.name, check.why)
    except ExpressionFault as fault:
        said = str(fault)
        return Unmet(check.name, said if len(said) <= MOST_LETTERS else f"{said[: MOST_LETTERS - 1]}…")


def listed(failed: Sequence[Unmet]) -> str:
    """Say which checks failed."""
    return "; ".join(map(str, failed))
