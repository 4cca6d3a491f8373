"""The ledger of effects: a logical call is meant before the act and recorded after it, so that none happens twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestrator.core import codec
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Json
from orchestrator.engine.ports import Claim, Tx
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

Refuses = Callable[[Sequence[str]], str]
"""Says why a call may not be made, given the tools of all that were meant in the step; empty when it may."""


class InDoubt(Exception):
    """An earlier attempt meant to do this and died before it could say whether it had."""


class NotAllowed(Exception):
    """The agent may not do this, or not once more; the message says why."""


class LeaseGone(Exception):
    """The claim under which this was to be done is no longer held."""


class Ledger:
    """See the module."""

    def __init__(self, store: DjangoStore) -> None:
        self._store = store

    def once(
        self,
        claim: Claim,
        tool: str,
        key: str,
        call: Callable[[], Json],
        *,
        idempotent: bool = False,
    ) -> Json:
        """Return the recorded result of a logical call, or act and record; raises InDoubt or LeaseGone.

        An exception of `call` goes through and takes the intent with it, since it did not happen; a BaseException
        leaves it, since nobody knows. An intent without result is acted on again only if the act is idempotent.
        """
        done, result = self.begin(claim, tool, key, idempotent=idempotent)
        if done:
            return result
        try:
            result = call()
        except Exception:
            self.undo(claim.run_id, claim.path, key, claim.fence)
            raise
        self.record(claim.run_id, claim.path, key, result)
        return result

    def begin(
        self,
        claim: Claim,
        tool: str,
        key: str,
        *,
        idempotent: bool = False,
        again: bool = False,
        refuses: Refuses | None = None,
    ) -> tuple[bool, Json]:
        """Mean to do something: return whether it is done already, and what it came to.

        `again` says that this very claim has meant it and surely not begun: it asks because an answer was lost.
        `refuses` is asked about what has not been meant before, while nobody else means anything in this step; raises
        NotAllowed with what it says.
        """
        name = _name(claim.run_id, claim.path, key)

        def mean(tx: Tx) -> tuple[bool, Json]:
            if refuses is not None:
                _let(sql_of(tx), claim, name, refuses)
            return self._mean(tx, claim, tool, name, idempotent, again)

        return self._store.transact(mean)

    def record(self, run_id: str, path: str, key: str, result: Json) -> None:
        """Keep what it came to; the first word counts."""
        values = [True, codec.dumps(result), _name(run_id, path, key), False]
        statement = "UPDATE orchestrator_effect SET done = ?, result = ? WHERE key = ? AND done = ?"
        self._store.transact(lambda tx: sql_of(tx).run(statement, values))

    def undo(self, run_id: str, path: str, key: str, fence: str) -> None:
        """Say that it has not happened: forget that this claim meant it."""
        statement = "DELETE FROM orchestrator_effect WHERE key = ? AND done = ? AND fence = ?"
        self._store.transact(lambda tx: sql_of(tx).run(statement, [_name(run_id, path, key), False, fence]))

    def forget(self, claim: Claim, tool: str) -> None:
        """Forget the recorded results of a tool in one step: it is asked anew, and answers anew."""
        statement = "DELETE FROM orchestrator_effect WHERE run_id = ? AND tool = ? AND substr(key, 1, ?) = ?"
        start = f"{claim.run_id}:{claim.path}:"
        values = [claim.run_id, tool, len(start), start]
        self._store.transact(lambda tx: sql_of(tx).run(statement, values))

    def begun(self, claim: Claim) -> tuple[str, ...]:
        """Return the keys of what was meant in one step, done or not, the oldest first."""
        statement = "SELECT key FROM orchestrator_effect WHERE run_id = ? AND substr(key, 1, ?) = ? ORDER BY at, key"
        start = f"{claim.run_id}:{claim.path}:"
        values = [claim.run_id, len(start), start]
        rows = self._store.transact(lambda tx: list(sql_of(tx).read(statement, values)))
        return tuple(row[0].removeprefix(start) for row in rows)

    def _mean(
        self, tx: Tx, claim: Claim, tool: str, name: str, idempotent: bool, again: bool
    ) -> tuple[bool, Json]:  # fmt: skip
        sql = sql_of(tx)
        where = (RunId(claim.run_id), StepPath(claim.path))
        if tx.fences([where]).get(where) != claim.fence:
            raise LeaseGone(f"{tool}: the claim on '{claim.path}' was taken away")
        found = sql.read("SELECT done, result, fence FROM orchestrator_effect WHERE key = ?", [name])
        if found and not found[0][0]:
            if idempotent or (again and found[0][2] == claim.fence):
                sql.run("UPDATE orchestrator_effect SET fence = ? WHERE key = ?", [claim.fence, name])
                return False, None
            raise InDoubt(f"{tool}: an earlier attempt may have done this; look, then skip or retry the step")
        if found:
            return True, codec.loads(found[0][1]) if found[0][1] else None
        sql.run(
            "INSERT INTO orchestrator_effect (key, run_id, tool, done, fence, at) VALUES (?, ?, ?, ?, ?, ?)",
            [name, claim.run_id, tool, False, claim.fence, round(tx.now() * 1e6)],
        )
        return False, None


def _let(sql: Sql, claim: Claim, name: str, refuses: Refuses) -> None:
    """Raise NotAllowed for a call that is new and may not be made."""
    # Its claim is locked first, so that of two at once the second counts the first.
    sql.run("UPDATE orchestrator_queue SET fence = fence WHERE run_id = ? AND path = ?", [claim.run_id, claim.path])
    statement = "SELECT tool, key FROM orchestrator_effect WHERE run_id = ? AND substr(key, 1, ?) = ?"
    start = _name(claim.run_id, claim.path, "")
    meant = sql.read(statement, [claim.run_id, len(start), start])
    if any(key == name for _, key in meant):
        return
    reason = refuses([str(tool) for tool, _ in meant])
    if reason:
        raise NotAllowed(reason)


def _name(run_id: str, path: str, key: str) -> str:
    return f"{run_id}:{path}:{key}"
