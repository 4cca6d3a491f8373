"""The engine's tables as raw SQL sees them: names, columns in order, and PostgreSQL's type of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    """Columns that make a row unique, for updates and upserts."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the column names."""
        return tuple(name for name, _ in self.columns)

    def only(self, *names: str) -> Table:
        """Return the table with only its key and some columns."""
        wanted = {*self.key, *names}
        return Table(name=self.name, columns=tuple(col for col in self.columns if col[0] in wanted), key=self.key)


def _table(name: str, key: str, columns: str) -> Table:
    pairs = (column.rsplit(" ", 1) for column in columns.split(", "))
    return Table(name=f"orchestrator_{name}", key=tuple(key.split()), columns=tuple((col, kind) for col, kind in pairs))


EVENT = _table("event", "run_id n", "run_id text, n int, type text, path text, at bigint, data text")
STEP = _table(
    "step",
    "run_id path",
    "run_id text, path text, parent text, kind text, status text, agent text, attempt int, attempt_status text, "
    "item text, input text, refs text, output text, output_ref text, failure text, reason text, degraded text, "
    "feedback text, memo text, opened_at bigint, started_at bigint, ended_at bigint",
)
RUN = _table(
    "run",
    "id",
    "id text, workflow text, version text, title text, status text, n int, input text, output text, output_ref text, "
    "reason text, actor text, actor_name text, key text, correlation_id text, labels text, agents text, "
    "paused boolean, active int, gates int, steps int, ended int, retries int, cost_usd text, tokens bigint, "
    "priority int, team_id int, card_id bigint, created_at bigint, ended_at bigint, forked_of text, forked_n int, "
    "forked_as text, parent_id text, parent_path text, depth int, workflows text, budgets text, "
    "proven text",
)
RUN_PROGRESS = RUN.only(
    "workflow", "version", "status", "n", "input", "output", "output_ref", "reason", "actor", "paused", "active",
    "gates", "steps", "ended", "retries", "cost_usd", "tokens", "ended_at",
)  # fmt: skip
QUEUE = _table(
    "queue",
    "run_id path",
    "run_id text, path text, attempt int, agent text, lane text, priority int, ready_at bigint, "
    "timeout_seconds float8, held boolean, told boolean",
)
ATTEMPT = _table(
    "attempt",
    "run_id path attempt",
    "run_id text, path text, attempt int, agent text, worker text, status text, failure text, reason text, "
    "detail text, note text, started_at bigint, ended_at bigint, cost_usd text, tokens bigint, "
    "sent_back boolean",
)
STOPPING = _table(
    "stopping", "run_id path attempt",
    "run_id text, path text, attempt int, worker text, fence text, asked_at bigint",
)  # fmt: skip
TIMER = _table("timer", "run_id path name", "run_id text, path text, name text, due_at bigint")
MESSAGE = _table("message", "key", "run_id text, key text, body text, at bigint, problem text")
GATE = _table(
    "gate",
    "run_id path",
    "run_id text, path text, status text, title text, shown text, digest text, edit text, edit_schema text, role text, "
    "group text, quorum int, not_starter boolean, starter text, team_id int, opened_at bigint, deadline_at bigint, "
    "deadline_then text, reason text, closed_at bigint",
)
DECISION = _table(
    "gatedecision",
    "run_id n",
    "run_id text, path text, n int, verdict text, actor text, actor_name text, edits text, comment text, digest text, "
    "at bigint",
)
ARTIFACT = _table("artifact", "hash", "hash text, size bigint, content text, at bigint")
