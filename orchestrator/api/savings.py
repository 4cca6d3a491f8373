"""What a step saved because its agent had answered the same before, as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence

from ninja import Field, Schema

from orchestrator.models import Step
from orchestrator.queries.savings import savings_of


class SavedLine(Schema):
    """What a step did not use up because it got an answer that was there already."""

    run: str = Field(description="Id of the run whose answer it got.")
    step: str
    age_seconds: float
    usd: float | None = Field(description="null where nothing meters it.")
    tokens: int | None
    seconds: float = Field(description="Of work.")


def saved_lines(run_id: str, steps: Sequence[Step]) -> dict[str, SavedLine]:
    """Return what steps of a run have saved, by path."""
    rows = savings_of(run_id, [step.path for step in steps if step.agent])
    return {
        path: SavedLine(run=row.of_run, step=row.of_path, age_seconds=row.age_seconds, usd=row.usd, tokens=row.tokens,
                        seconds=row.seconds)
        for path, row in rows.items()
    }  # fmt: skip
