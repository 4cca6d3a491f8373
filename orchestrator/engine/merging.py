"""Puts results of branches or items together, in a worker: the actor never builds a list as wide as a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from orchestrator.core import codec
from orchestrator.core.merges import keyed
from orchestrator.core.merges.contract import Contribution
from orchestrator.core.merges.result import merged as strategically
from orchestrator.core.outcomes import Failed, Json, Outcome
from orchestrator.core.rules.contract import Refused
from orchestrator.engine.ports import Claim


class Children(Protocol):
    """Reads what a step's children have produced, and what they stand for."""

    def result_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the outputs of a step's succeeded children as JSON texts, by path."""

    def item_texts(self, run_id: str, parent: str) -> dict[str, str]:
        """Return the items of a map as JSON texts, by path."""


def merged(claim: Claim, children: Children) -> Outcome | str:
    """Return the merged result as JSON text; what failed or was skipped is null, or named as absent."""
    asked = cast("Mapping[str, Json]", claim.input)
    wanted = cast("Mapping[str, Json] | None", asked.get("merge"))
    results = list(_results(claim, asked, children))
    if wanted is None:
        return _collected(asked, results)
    try:
        if wanted["how"] == "structured":
            items = children.item_texts(claim.run_id, claim.path)
            return keyed.text(wanted, ((who, items.get(f"{claim.path}{who}", "null"), one) for who, one in results))
        given = [Contribution(who=who, value=None if one is None else codec.loads(one), is_absent=one is None)
                 for who, one in results]  # fmt: skip
        return codec.dumps(strategically(cast("str", wanted["how"]), wanted, given))
    except Refused as refused:
        return Failed(kind=refused.kind, reason=str(refused))


def _results(claim: Claim, asked: Mapping[str, Json], children: Children) -> Iterator[tuple[str, str | None]]:
    """Yield each branch or item, in order, with its result as JSON text, None where there is none."""
    texts = children.result_texts(claim.run_id, claim.path)
    if asked["how"] == "items":
        for index in range(cast("int", asked["n"])):
            yield f"[{index}]", texts.get(f"{claim.path}[{index}]")
        return
    prefix = f"{claim.path}/" if claim.path else ""
    for name in cast("list[str]", asked["names"]):
        yield name, texts.get(prefix + name)


def _collected(asked: Mapping[str, Json], results: list[tuple[str, str | None]]) -> str:
    if asked["how"] == "items":
        return f"[{','.join(one or 'null' for _, one in results)}]"
    return "{" + ",".join(f"{codec.dumps(who)}:{one or 'null'}" for who, one in results) + "}"
