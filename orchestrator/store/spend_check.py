"""Checks budgets against the book: held is what reservations hold, spent is what its rows say. Mends on request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from orchestrator.core import codec
from orchestrator.engine import budgets
from orchestrator.engine.ports import Tx
from orchestrator.reliability.budget import NOTHING, Charge, Unit, in_words
from orchestrator.store import accounts
from orchestrator.store.sql import Sql
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of

_SUMS = ", ".join(f"CAST(coalesce(sum(s.{unit}), 0) AS bigint)" for unit in accounts.UNITS)
_BY_STEP = f"""
SELECT b.key, {_SUMS} FROM orchestrator_spend s
JOIN orchestrator_budget b ON b.key = 'step:' || s.run_id || ':' || s.path GROUP BY b.key
"""
_BY_WORK = f"""
SELECT s.run_id, s.path, {_SUMS} FROM orchestrator_spend s
WHERE EXISTS (
  SELECT 1 FROM orchestrator_budget b WHERE substr(b.key, 1, length(s.run_id) + 6) = 'work:' || s.run_id || ':'
)
GROUP BY s.run_id, s.path
"""
_BY_RUN = f"""
SELECT r.budgets, {_SUMS} FROM orchestrator_spend s
JOIN orchestrator_run r ON r.id = s.run_id WHERE r.budgets IS NOT NULL GROUP BY s.run_id, r.budgets
"""
Amounts = dict[str, Charge]


def checked(store: DjangoStore, *, mend: bool = False) -> list[str]:
    """Say where budgets are not what the book says, and with `mend` make them so."""
    return store.transact(partial(_checked, mend=mend))


def _checked(tx: Tx, mend: bool) -> list[str]:
    sql = sql_of(tx)
    keys = [row[0] for row in sql.read("SELECT key FROM orchestrator_budget", [])]
    rows = accounts.lock(sql, keys) if keys else {}
    spent, held = _spent(sql), _held(sql)
    found: list[str] = []
    for key, row in rows.items():
        is_spent, is_held = accounts.charge(row[1:5]), accounts.charge(row[5:9])
        found += _differences(key, "spent", is_spent, spent[key])
        found += _differences(key, "held", is_held, held[key])
        if mend:
            accounts.add(sql, [key], accounts.UNITS, spent[key] - is_spent)
            accounts.add(sql, [key], accounts.HELD, held[key] - is_held)
    return found


def _differences(key: str, word: str, kept: Charge, told: Charge) -> Iterator[str]:
    for unit in Unit:
        if kept.of(unit) != told.of(unit):
            said, meant = in_words(unit, kept.of(unit)), in_words(unit, told.of(unit))
            yield f"budget {key}: {said} {word}, but the book says {meant}"


def _held(sql: Sql) -> Amounts:
    found: Amounts = defaultdict(lambda: NOTHING)
    statement = f"SELECT {accounts.AMOUNTS}, budgets FROM orchestrator_reservation"
    for *amounts, keys in sql.read(statement, []):
        for key in codec.loads(keys):  # type: ignore[union-attr]  # a list of keys
            found[str(key)] += accounts.charge(amounts)
    return found


def _spent(sql: Sql) -> Amounts:
    found: Amounts = defaultdict(lambda: NOTHING)
    for key, *amounts in sql.read(_BY_STEP, []):
        found[key] = accounts.charge(amounts)
    for run_id, path, *amounts in sql.read(_BY_WORK, []):
        found[budgets.work_key(run_id, path)] += accounts.charge(amounts)
    for above, *amounts in sql.read(_BY_RUN, []):
        for whose in codec.loads(above):  # type: ignore[union-attr]  # an object by what is above
            found[budgets.above_key(str(whose))] += accounts.charge(amounts)
    for agent, day, *amounts in sql.read(f"SELECT s.agent, s.day, {_SUMS} FROM orchestrator_spend s GROUP BY 1, 2", []):
        found[budgets.agent_key(agent, day)] = accounts.charge(amounts)
        found[budgets.day_key(day)] += accounts.charge(amounts)
    return found
