"""Holds and settles what calls use up, in one short transaction each, for every budget that a call counts towards.

Both are idempotent by the reservation's id. What is not reserved is settled all the same: the book has every call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec
from orchestrator.engine import budgets
from orchestrator.engine.budgets import Scope
from orchestrator.engine.ports import Claim, Tx
from orchestrator.reliability.budget import NOTHING, Account, Charge, Refusal, room
from orchestrator.store import accounts
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

_CALL = ("run_id", "path", "attempt", "agent", "version")
_RESERVED = ("id", *_CALL, "fence", "budgets", *accounts.UNITS, "day", "at")
_BILLED = ("provider", "model", "tokens_in", "tokens_cached", "tokens_out", "cost_usd", "seconds")
_SPENT = ("id", *_CALL, *_BILLED, *accounts.UNITS, "is_estimate", "day", "at")
_GONE = """
SELECT v.id, v.run_id, v.path, v.attempt, v.agent, v.version, r.budgets FROM orchestrator_reservation v
LEFT JOIN orchestrator_run r ON r.id = v.run_id
WHERE NOT EXISTS (SELECT 1 FROM orchestrator_queue q WHERE q.run_id = v.run_id AND q.fence = v.fence)
AND NOT EXISTS (SELECT 1 FROM orchestrator_stopping s WHERE s.run_id = v.run_id AND s.fence = v.fence) LIMIT ?
"""
_LATE = """
SELECT v.run_id, v.path, v.attempt, v.agent, v.version, r.budgets FROM (
  SELECT run_id, path, attempt, agent, version FROM orchestrator_reservation WHERE id = ?
  UNION ALL SELECT run_id, path, attempt, agent, version FROM orchestrator_spend WHERE id = ? AND is_estimate
) v LEFT JOIN orchestrator_run r ON r.id = v.run_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was held, and why."""

    reason: str
    is_for_good: bool
    """It would not fit either if everything that is held came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one call has used up, as its provider says."""

    provider: str = ""
    """Empty for work that no provider meters."""
    model: str = ""
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost_usd: str | None = None
    """None where nobody knows."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose call it is."""

    run_id: str
    path: str
    attempt: int
    agent: str
    version: int
    above: tuple[str, ...] = ()
    """Runs, and steps of runs, whose budgets it counts towards."""

    @property
    def row(self) -> tuple[Any, ...]:
        """Return the columns that every row about it has."""
        return self.run_id, self.path, self.attempt, self.agent, self.version

    def keys(self, day: str) -> list[str]:
        """Return every budget that it counts towards, where it is kept."""
        own = [budgets.step_key(self.run_id, self.path), budgets.work_key(self.run_id, self.path)]
        above = (budgets.above_key(whose) for whose in self.above)
        return list({*above, *own, budgets.agent_key(self.agent, day), budgets.day_key(day)})


def caller(claim: Claim, spec: AgentSpec) -> Caller:
    """Return who calls when a claim is carried out."""
    return Caller(run_id=claim.run_id, path=claim.path, attempt=claim.attempt, agent=spec.name, version=spec.version,
                  above=tuple(claim.budgets))  # fmt: skip


Scopes = Callable[[str], Sequence[Scope]]
"""Which budgets limit a call on a day, such as `2026-02-28` in UTC."""
Used = Callable[[Charge], Charge]
"""How much was used up, given what was held for it."""


class Spending:
    """See the module."""

    def __init__(self, store: DjangoStore) -> None:
        self._store = store

    def reserve(
        self, id_: str, who: Caller, fence: str, scopes: Scopes, wanted: Charge, *, knows_price: bool = True
    ) -> Charge | Refused:
        """Hold what one call may use up in all its budgets, or in none; return what is held."""

        def hold(tx: Tx) -> Charge | Refused:
            sql, day = sql_of(tx), budgets.date_of(tx.now())
            kept = sql.read(f"SELECT {accounts.AMOUNTS} FROM orchestrator_reservation WHERE id = ?", [id_])
            if kept:
                return accounts.charge(kept[0])
            asked = scopes(day)
            found = accounts.accounts(sql, asked)
            amount = room(found, wanted, knows_price=knows_price)
            if isinstance(amount, Refusal):
                return _refused(sql, amount, asked, found, who.agent)
            keys = [scope.key for scope in asked]
            accounts.add(sql, keys, accounts.HELD, amount)
            line = [id_, *who.row, fence, codec.dumps(keys), *accounts.parts(amount), day, round(tx.now() * 1e6)]
            sql.run(_insert("reservation", _RESERVED), line)
            return amount

        return self._store.transact(hold)

    def settle(self, id_: str, who: Caller, used: Used, bill: Bill) -> None:
        """Count what a call has used up, and give the rest of what was held back; mend what was only estimated."""
        self._store.transact(partial(_settle, id_=id_, who=who, used=used, bill=bill))

    def settle_as_held(self, id_: str, who: Caller) -> None:
        """Count all that was held as spent: the call may have been made, and nobody can say what it took."""
        self._store.transact(partial(_settle, id_=id_, who=who, used=None, bill=Bill()))

    def give_back(self, id_: str) -> None:
        """Give back all that was held for a call that was not made."""

        def let_go(tx: Tx) -> None:
            sql = sql_of(tx)
            held, keys, _ = _taken(sql, id_)
            accounts.lock(sql, keys)
            accounts.add(sql, keys, accounts.HELD, NOTHING - held)

        self._store.transact(let_go)

    def look(self, scopes: Scopes) -> list[tuple[Scope, Account]]:
        """Return budgets as they are at this moment, locking nothing."""
        asked = scopes(budgets.date_of(self._store.now()))
        rows = self._store.read_in(accounts.READ, [scope.key for scope in asked])
        found = {row[0]: row for row in rows}
        return [(scope, accounts.account(scope, found.get(scope.key))) for scope in asked]

    def settle_gone(self, limit: int = 200) -> int:
        """Count as spent what is held for attempts whose claim is gone: their calls may have been made."""
        gone = self._store.transact(lambda tx: sql_of(tx).read(_GONE, [limit]))
        for id_, *row in gone:
            self.settle_as_held(id_, _who(row))
        return len(gone)

    def settle_late(self, id_: str, used: Used, bill: Bill) -> bool:
        """Settle a call whose claim is gone: what is held still, or was only estimated; tell whether there was any."""
        found = self._store.read(_LATE, [id_, id_])
        for row in found:
            self.settle(id_, _who(row), used, bill)
        return bool(found)


def _who(row: Sequence[Any]) -> Caller:
    """Return whose call it is, of the columns of _CALL and the run's budgets."""
    *call, above = row
    return Caller(**dict(zip(_CALL, call, strict=True)), above=tuple(codec.loads(above) if above else ()))  # type: ignore[arg-type]  # an object by run ids


def _refused(sql: Sql, refusal: Refusal, asked: Sequence[Scope], found: Sequence[Account], agent: str) -> Refused:
    scope = asked[refusal.number]
    account = found[refusal.number]
    if refusal.is_for_good and scope.closes:
        accounts.close(sql, scope.key, budgets.amounts(refusal, account))
    return Refused(reason=budgets.in_full(refusal, scope, account, agent), is_for_good=refusal.is_for_good)


def _settle(tx: Tx, id_: str, who: Caller, used: Used | None, bill: Bill) -> None:
    """Settle; without `used` what was held counts as spent, which is an estimate."""
    sql = sql_of(tx)
    held, keys, day = _taken(sql, id_)
    if used is None and not keys:
        return  # it was settled meanwhile
    before = _estimate(sql, id_) if used is not None and not keys else None
    day = before[1] if before else day or budgets.date_of(tx.now())
    amount = used(before[0] if before else held) if used is not None else held
    every = who.keys(day)
    accounts.lock(sql, {*keys, *every})
    accounts.add(sql, keys, accounts.HELD, NOTHING - held)
    billed = [getattr(bill, name) for name in _BILLED]
    line = [id_, *who.row, *billed, *accounts.parts(amount), used is None, day, round(tx.now() * 1e6)]
    if before:
        sql.run("DELETE FROM orchestrator_spend WHERE id = ?", [id_])
    if sql.read(f"{_insert('spend', _SPENT)} ON CONFLICT (id) DO NOTHING RETURNING 1", line):
        accounts.add(sql, every, accounts.UNITS, amount - before[0] if before else amount)


def _taken(sql: Sql, id_: str) -> tuple[Charge, list[str], str]:
    """Take a reservation away; return what it held, in which budgets, on which day."""
    statement = f"DELETE FROM orchestrator_reservation WHERE id = ? RETURNING {accounts.AMOUNTS}, budgets, day"
    found = sql.read(statement, [id_])
    if not found:
        return NOTHING, [], ""
    *amounts, keys, day = found[0]
    return accounts.charge(amounts), codec.loads(keys), day  # type: ignore[return-value]  # a list of keys


def _estimate(sql: Sql, id_: str) -> tuple[Charge, str] | None:
    """Return what was counted for a call whose claim was gone, and on which day."""
    statement = f"SELECT {accounts.AMOUNTS}, day FROM orchestrator_spend WHERE id = ? AND is_estimate"
    found = sql.read(statement, [id_])
    return (accounts.charge(found[0][:4]), found[0][4]) if found else None


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO orchestrator_{table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"
