"""What stands for a result that nobody could make: declared in the file, marked wherever it goes (R3, R12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestrator.core import contracts, schema
from orchestrator.core.agents import AgentSpec
from orchestrator.core.events import StepEnded
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.problems import listed
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, of_schema
from orchestrator.core.status import StepStatus
from orchestrator.core.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Degrade:
    """What a step comes to when nobody could do it."""

    value: str
    """Expression of its output."""
    why: str
    """What to say of it."""

    @property
    def named(self) -> dict[str, str]:
        """Return what is to be evaluated."""
        return {"value": self.value}


def read(tree: Tree | None, reader: Reader) -> Degrade | None:
    """Read what stands for a result."""
    if tree is None:
        return None
    fields = reader.fields(tree, ("value", "why"), "'degrade'", required=("value", "why"))
    return Degrade(value=reader.expression(fields.get("value")), why=reader.text(fields.get("why")))


def check(tree: Tree | None, spec: AgentSpec | None, types: Types) -> None:
    """Check that it can be what the agent would have returned."""
    value = tree.value.get("value") if tree is not None and isinstance(tree.value, dict) else None
    known = UNKNOWN if value is None else types.shape(value)
    if value is None or spec is None:
        return
    for misfit in contracts.misfits(known, of_schema(spec.output_schema)):
        place = f"{'.'.join(misfit.path)}: " if misfit.path else ""
        types.reader.wrong(value, f"this is not what {spec.name} returns: {place}{misfit.message}", misfit.hint)


def instead(
    declared: Degrade, failed: StepEnded, spec: AgentSpec | None, values: Mapping[str, Json], refs: Mapping[str, str]
) -> StepEnded:
    """Return a good end, marked, instead of a failure; the failure still where it does not fit the agent's contract.

    `values` and `refs` are what `Degrade.named` was bound to.
    """
    value, ref = values.get("value"), refs.get("value", "")
    found = schema.problems(spec.output_schema, value) if spec is not None and not ref else ()
    if found:
        name = spec.name if spec is not None else ""
        reason = f"{failed.reason}; and its degraded result does not fit the contract of {name}: {listed(found)}"
        return replace(failed, reason=reason)
    return StepEnded(path=failed.path, status=StepStatus.SUCCEEDED, output=value, output_ref=ref,
                     degraded=f"{declared.why} ({failed.reason})")  # fmt: skip
