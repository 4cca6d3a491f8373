"""The one shape that every merged result has: what a strategy says, who gave what, and who gave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core import shapes
from orchestrator.core.merges.catalogue import STRATEGIES
from orchestrator.core.merges.contract import Contribution, listed
from orchestrator.core.outcomes import Json
from orchestrator.core.shapes import Shape, of_list, of_object, of_schema


def merged(how: str, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
    """Put contributions together; raises Refused for one that the strategy can't use."""
    present = [one for one in given if not one.is_absent]
    return result(how, STRATEGIES[how].merge(options, present), given)


def result(how: str, own: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
    """Return a merged result with its contributions, in the order they are declared, as many as are listed."""
    present = [one for one in given if not one.is_absent]
    told: list[Json] = listed([{"who": one.who, "gave": one.value} for one in present])
    absent: list[Json] = listed([one.who for one in given if one.is_absent])
    return {"how": how, **own, "contributions": told, "absent": absent, "left_out": len(present) - len(told)}


def shape(own: Mapping[str, Shape], shares: Sequence[Shape]) -> Shape:
    """Return the shape of a merged result."""
    text = of_schema({"type": "string"})
    gave = of_object({"who": text, "gave": shapes.either(list(shares))})
    rest = {"contributions": of_list(gave), "absent": of_list(text), "left_out": of_schema({"type": "integer"})}
    return of_object({"how": text, **own, **rest})
