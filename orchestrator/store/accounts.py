"""Rows of budgets: read, locked in the order of their keys, made when they are first asked for, and changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.engine.budgets import Scope
from orchestrator.reliability.budget import Account, Charge
from orchestrator.store.sql import Sql

UNITS = ("usd", "tokens", "calls", "minutes")
AMOUNTS = ", ".join(UNITS)
HELD = tuple(f"{unit}_held" for unit in UNITS)
SUMS = ", ".join(f"coalesce(sum({unit}), 0)" for unit in UNITS)
COLUMNS = f"key, {AMOUNTS}, {', '.join(HELD)}, closed"
READ = f"SELECT {COLUMNS} FROM orchestrator_budget WHERE key IN"


def charge(row: Sequence[Any]) -> Charge:
    """Read the columns of AMOUNTS."""
    return Charge(**dict(zip(UNITS, map(int, row), strict=True)))


def parts(amount: Charge) -> list[int]:
    """Write the columns of AMOUNTS."""
    return [getattr(amount, unit) for unit in UNITS]


def account(scope: Scope, row: Sequence[Any] | None) -> Account:
    """Return a budget as a row of COLUMNS says; without one nothing was asked of it yet."""
    if row is None:
        return Account(limits=scope.limits)
    return Account(limits=scope.limits, spent=charge(row[1:5]), held=charge(row[5:9]), closed=row[9])


def lock(sql: Sql, keys: Iterable[str]) -> dict[str, Sequence[Any]]:
    """Lock budgets in the order of their keys and return their rows; SQLite's transaction holds them already."""
    return {row[0]: row for row in sql.read_in(READ, sorted(keys), "ORDER BY key" + " FOR UPDATE" * sql.is_remote)}


def accounts(sql: Sql, asked: Sequence[Scope]) -> list[Account]:
    """Lock budgets, those among them that are new made first, and return them."""
    rows = lock(sql, [scope.key for scope in asked])
    missing = [scope.key for scope in asked if scope.key not in rows]
    if missing:
        for key in missing:
            _make(sql, key)
        rows = lock(sql, [scope.key for scope in asked])
    return [account(scope, rows[scope.key]) for scope in asked]


def _make(sql: Sql, key: str) -> None:
    """Make a budget. One of a day begins with what that day has cost before anybody set a limit."""
    kind, _, rest = key.partition(":")
    agent, _, day = rest.rpartition(":")
    of_agent = " AND agent = ?" if kind == "agent" else ""
    where = f"day = ?{of_agent}" if kind in ("agent", "day") else "day = '' AND ? = ''"
    statement = (
        f"INSERT INTO orchestrator_budget ({COLUMNS}) SELECT CAST(? AS text), {SUMS}, 0, 0, 0, 0, '' "
        f"FROM orchestrator_spend WHERE {where} ON CONFLICT (key) DO NOTHING"
    )
    sql.run(statement, [key, day, *([agent] if of_agent else [])])


def add(sql: Sql, keys: Sequence[str], columns: Sequence[str], amount: Charge) -> None:
    """Add an amount to columns of budgets, those that are kept."""
    if keys:
        sets = ", ".join(f"{name} = {name} + ?" for name in columns)
        marks = ", ".join("?" for _ in keys)
        sql.run(f"UPDATE orchestrator_budget SET {sets} WHERE key IN ({marks})", [*parts(amount), *keys])


def close(sql: Sql, key: str, what: str) -> None:
    """Let nothing begin under a budget any more; what did not fit first stays."""
    sql.run("UPDATE orchestrator_budget SET closed = ? WHERE key = ? AND closed = ''", [what, key])
