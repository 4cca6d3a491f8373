"""The rows of answers: read, made by one, waited for, kept, swept, dropped. Who does what when is in `answers`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator.core import codec
from orchestrator.core.ids import StepPath, child, segments
from orchestrator.core.outcomes import Json, Usage
from orchestrator.engine.ports import Claim, Tx
from orchestrator.store.tx import sql_of

MOST_SWEPT = 100
"""Rows that go away with one look."""
_COLUMNS = "fence, run_id, path, output, output_ref, cost_usd, tokens, seconds, made_at, expires_at"
_IS_GONE = (
    "NOT EXISTS (SELECT 1 FROM orchestrator_queue q WHERE q.run_id = orchestrator_answer.run_id "
    "AND q.path = orchestrator_answer.path AND q.fence = orchestrator_answer.fence)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A claim that makes an answer, until when that would hold."""

    key: str
    team: int | None
    claim: Claim
    until: float
    is_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer's row."""

    key: str
    fence: str
    run_id: str
    path: str
    output: Json
    output_ref: str
    cost_usd: str | None
    tokens: int | None
    seconds: float
    made_at: float
    """0 while it is being made; all times are in seconds since 1970, by the database's clock."""
    expires_at: float
    age_seconds: float

    @property
    def usd(self) -> Decimal | None:
        """Return what it cost; None where nothing metered that."""
        return None if self.cost_usd is None else Decimal(self.cost_usd)

    def holds(self, now: float, since: float) -> bool:
        """Tell whether it is there, not too old, and not from before some time."""
        return not self.fence and self.expires_at > now and self.made_at > since


def asker_of(tx: Tx, run_id: str) -> tuple[int | None, str]:
    """Return the team and the workflow of a run."""
    found = sql_of(tx).read("SELECT team_id, workflow FROM orchestrator_run WHERE id = ?", [run_id])
    return (found[0][0], found[0][1]) if found else (None, "")


def done_before(tx: Tx, claim: Claim) -> float:
    """Return when the same agent did the same step before, in an earlier generation; 0 where it did not.

    It is done again because what came of it did not hold, so an answer from before that is none.
    """
    earlier = [*_earlier(claim.path)]
    if not earlier:
        return 0.0
    statement = "SELECT ended_at FROM orchestrator_attempt WHERE run_id = ? AND agent = ? AND path = ?"
    sql = sql_of(tx)
    ends = [row[0] for path in earlier for row in sql.read(statement, [claim.run_id, claim.agent, path])]
    return max(ends, default=0) / 1e6


def _earlier(path: StepPath) -> Iterator[StepPath]:
    """Return the paths that the same step had before, one part taken back at a time."""
    parts = segments(path)
    for place, part in enumerate(parts):
        for generation in range(1, part.generation):
            at = StepPath("")
            for number, (name, own, indices) in enumerate(parts):
                is_later = number > place
                at = child(at, name, generation if number == place else 1 if is_later else own)
                at = StepPath(at + "".join(f"[{index}]" for index in indices))
            yield at


def read(tx: Tx, key: str) -> Kept | None:
    """Return an answer, or who is making it."""
    found = sql_of(tx).read(f"SELECT {_COLUMNS} FROM orchestrator_answer WHERE key = ?", [key])
    if not found:
        return None
    fence, run_id, path, output, ref, cost, tokens, seconds, made, expires = found[0]
    made_at = (made or 0) / 1e6
    return Kept(
        key=key, fence=fence, run_id=run_id, path=path, output=codec.loads(output) if output else None, output_ref=ref,
        cost_usd=cost, tokens=tokens, seconds=seconds, made_at=made_at, expires_at=expires / 1e6,
        age_seconds=max(tx.now() - made_at, 0.0),
    )  # fmt: skip


def make(tx: Tx, row: Kept | None, making: Making) -> bool:
    """Become the maker where nobody is, the answer holds no longer, or its maker is gone; tell whether that came off.

    Fences never come back, so one that is gone stays gone, and compare-and-set on it is safe.
    """
    sql, claim, until = sql_of(tx), making.claim, round(making.until * 1e6)
    if row is None:
        statement = (
            "INSERT INTO orchestrator_answer (key, team_id, agent, version, run_id, path, fence, waiting, output_ref, "
            "seconds, hits, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', 0, 0, ?) "
            "ON CONFLICT (key) DO NOTHING RETURNING key"
        )
        values: list[Any] = [making.key, making.team, claim.agent, claim.agent_version, claim.run_id, claim.path,
                             claim.fence, until]  # fmt: skip
        return bool(sql.read(statement, values))
    gone = f" AND {_IS_GONE}" if row.fence else ""
    statement = (
        "UPDATE orchestrator_answer SET run_id = ?, path = ?, fence = ?, waiting = 0, output = NULL, output_ref = '', "
        f"cost_usd = NULL, tokens = NULL, hits = 0, made_at = NULL, expires_at = ? WHERE key = ? AND fence = ?{gone} "
        "AND coalesce(made_at, 0) = ? RETURNING key"
    )
    seen = [making.key, row.fence, round(row.made_at * 1e6)]
    return bool(sql.read(statement, [claim.run_id, claim.path, claim.fence, until, *seen]))


def made_by(tx: Tx, making: Making) -> Making | None:
    """Return it again where it is really this claim that makes it."""
    found = sql_of(tx).read("SELECT fence FROM orchestrator_answer WHERE key = ?", [making.key])
    return making if found and found[0][0] == making.claim.fence else None


def wait(tx: Tx, row: Kept) -> int:
    """Lock an answer that is still being made by the same claim; return the how-maniest that waits for it, else 0."""
    statement = "UPDATE orchestrator_answer SET waiting = waiting + 1 WHERE key = ? AND fence = ? RETURNING waiting"
    found = sql_of(tx).read(statement, [row.key, row.fence])
    return found[0][0] if found else 0


def keep(tx: Tx, making: Making, text: str, usage: Usage, seconds: float, holds_seconds: float) -> bool:
    """Keep what was made, unless somebody else has become the maker meanwhile; tell which."""
    now = tx.now()
    is_large = codec.size(text) > codec.ARTIFACT_BYTES
    ref = hashlib.sha256(text.encode()).hexdigest() if is_large else ""
    if is_large:
        tx.keep({ref: text})
    statement = (
        "UPDATE orchestrator_answer SET fence = '', output = ?, output_ref = ?, cost_usd = ?, tokens = ?, seconds = ?, "
        "made_at = ?, expires_at = ? WHERE key = ? AND fence = ? RETURNING key"
    )
    cost = None if usage.cost_usd is None else str(usage.cost_usd)
    values = [None if is_large else text, ref, cost, usage.tokens, seconds, round(now * 1e6),
              round((now + holds_seconds) * 1e6), making.key, making.claim.fence]  # fmt: skip
    return bool(sql_of(tx).read(statement, values))


def give_up(tx: Tx, making: Making) -> None:
    """Let the next one make it."""
    statement = "DELETE FROM orchestrator_answer WHERE key = ? AND fence = ?"
    sql_of(tx).run(statement, [making.key, making.claim.fence])


def count_hit(tx: Tx, row: Kept, by: Making) -> None:
    """Write down that a step was answered, and what that saved; an attempt that is made again counts once."""
    sql, claim = sql_of(tx), by.claim
    sql.run("UPDATE orchestrator_answer SET hits = hits + 1 WHERE key = ?", [row.key])
    usd = None if row.usd is None else float(row.usd)
    sql.run(
        "INSERT INTO orchestrator_saving (run_id, path, team_id, agent, of_run, of_path, age_seconds, usd, tokens, "
        "seconds, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, path) DO UPDATE SET "
        "agent = excluded.agent, of_run = excluded.of_run, of_path = excluded.of_path, usd = excluded.usd, "
        "tokens = excluded.tokens, seconds = excluded.seconds, age_seconds = excluded.age_seconds, at = excluded.at",
        [claim.run_id, claim.path, by.team, claim.agent, row.run_id, row.path, row.age_seconds, usd, row.tokens,
         row.seconds, round(tx.now() * 1e6)],
    )  # fmt: skip


def sweep(tx: Tx) -> int:
    """Remove answers that hold no longer, but for those that somebody is making; return how many."""
    statement = (
        "DELETE FROM orchestrator_answer WHERE key IN (SELECT key FROM orchestrator_answer WHERE expires_at < ? "
        f"AND (fence = '' OR {_IS_GONE}) ORDER BY expires_at LIMIT ?) RETURNING key"
    )
    return len(sql_of(tx).read(statement, [round(tx.now() * 1e6), MOST_SWEPT]))
