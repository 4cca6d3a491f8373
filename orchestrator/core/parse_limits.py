"""Reads how much a run, or a part of it, may use up, and how long a loop may go on."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.rounds import MOST_SAME, Limits
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

BUDGET = ("usd", "tokens", "calls", "minutes")
MOST_ROUNDS = 10_000
LIMITS = ("rounds", "improve", "patience", "same", "budget")
USUAL_PATIENCE = 2


def read_budget(tree: Tree | None, reader: Reader) -> dict[str, Json]:
    """Return the limits that are written, each a number above 0."""
    if tree is None:
        return {}
    fields = reader.fields(tree, BUDGET, "'budget'")
    for inner in fields.values():
        value = inner.value
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            said = type_of(value) if not isinstance(value, int | float) else str(value).lower()
            reader.wrong(inner, f"must be a number above 0, but is {said}", "leave it out for no limit")
    return {name: inner.plain() for name, inner in fields.items()}


def read_limits(fields: Mapping[str, Tree], reader: Reader) -> Limits:
    """Read when a loop has to stop."""
    improve = reader.number(fields.get("improve"), None)
    patience = reader.whole(fields.get("patience"), None, least=1, most=1000)
    if patience is None and improve is not None:
        patience = USUAL_PATIENCE
    for name in ("improve", "patience"):
        if name in fields and "score" not in fields:
            reader.wrong(fields[name], f"'{name}' needs 'score'", "say which number is to go up", at_name=True)
    same = reader.whole(fields.get("same"), 3, least=0, most=MOST_SAME)
    if same == 1:
        reader.wrong(fields["same"], "must be 0 or from 2 on, but is 1", "0 lets the same come as often as it likes")
    return Limits(
        rounds=reader.whole(fields.get("rounds"), 1, least=1, most=MOST_ROUNDS),
        improve=improve, patience=patience, same=same, budget=read_budget(fields.get("budget"), reader),
    )  # fmt: skip
