"""What calls of tools that only look have returned (C3): the same one is made once, whichever agent or worker calls.

The rows are those of agents' answers, under `tool:NAME`. Who makes a call holds its row by the fence of its claim; the
others wait inside their attempts, for a tool takes moments where an agent takes minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from orchestrator.core import codec
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json, Usage
from orchestrator.core.trials import is_trial
from orchestrator.engine.ports import Claim, Tx
from orchestrator.reliability import cache
from orchestrator.store import kept_answers as kept
from orchestrator.store.kept_answers import Kept, Making
from orchestrator.store.store import DjangoStore

PREFIX = "tool:"
MOST_NAME = 70
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.02, 0.5


class ToolAnswers:
    """Of one tool, as one claim calls it."""

    def __init__(self, store: DjangoStore, claim: Claim, tool: str, stop: threading.Event) -> None:
        self._store, self._claim, self._stop = store, claim, stop
        self._maker = replace(claim, agent=f"{PREFIX}{tool[:MOST_NAME]}", agent_version=0)
        self._until = time.monotonic() + claim.timeout_seconds

    def given(self, called: str, seconds: float, call: Callable[[], Json]) -> Json:
        """Return what the same call returned no longer than so many seconds ago, or make it; wait for who makes it."""
        wait = FIRST_LOOK_SECONDS
        while True:
            found = self._store.transact(partial(self._find, called=called, seconds=seconds))
            if isinstance(found, Kept):
                return self._store.artifact(found.output_ref) if found.output_ref else found.output
            if isinstance(found, Making):
                return self._made(found, seconds, call)
            # A trial looks for itself; and whoever has no time left, or is to stop, waits for nobody.
            if found or time.monotonic() > self._until or self._stop.wait(wait):
                return call()
            wait = min(wait * 2, LAST_LOOK_SECONDS)

    def _find(self, tx: Tx, called: str, seconds: float) -> Kept | Making | bool:
        """Return what is kept, or that this claim makes it; True for a trial, False while somebody else makes it."""
        team, workflow = kept.asker_of(tx, self._claim.run_id)
        if is_trial(workflow):
            return True
        key, now = cache.call_key(team=str(team or ""), called=called), tx.now()
        making = Making(key=key, team=team, claim=self._maker, until=now + seconds)
        row = kept.read(tx, key)
        if row is not None and row.holds(now, now - seconds):
            kept.count_hit(tx, row, replace(making, claim=self._named(key)))
            return row
        is_mine = row is not None and row.fence == self._claim.fence
        return making if is_mine or kept.make(tx, row, making) else False

    def _named(self, key: str) -> Claim:
        """Return the claim by the name of its call: a step may make several, and each has saved something."""
        return replace(self._maker, path=StepPath(f"{self._claim.path} {self._maker.agent} {key[:16]}".lstrip()))

    def _made(self, making: Making, seconds: float, call: Callable[[], Json]) -> Json:
        began = time.monotonic()
        try:
            result = call()
        except BaseException:
            self._store.transact(lambda tx: kept.give_up(tx, making))
            raise
        self._keep(making, result, seconds, time.monotonic() - began)
        return result

    def _keep(self, making: Making, result: Json, holds: float, took: float) -> None:
        if isinstance(result, dict) and "failed" in result:  # what a model is told of a failure is no answer
            self._store.transact(lambda tx: kept.give_up(tx, making))
        else:
            text = codec.dumps(result)
            self._store.transact(lambda tx: kept.keep(tx, making, text, Usage(), took, holds))
