"""The door of answers (C3): the same input is answered once, whoever asks, and again without work while it holds.

One attempt makes an answer, and is its maker; the others wait for it in the queue, where they hold no slot. Whoever
comes to be the maker is decided by compare-and-set on the row of the answer, so one attempt makes it, however many
workers there are. A maker that died is one whose fence is gone from the queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, Lane, acting
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Ok, Outcome, Parked, Usage, Waits
from orchestrator.core.trials import is_trial
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Tx
from orchestrator.reliability import cache
from orchestrator.store import kept_answers as kept
from orchestrator.store.code import Code
from orchestrator.store.fingerprints import fingerprints
from orchestrator.store.kept_answers import Kept, Making
from orchestrator.store.leases import put_back
from orchestrator.store.store import DjangoStore

MEETINGS = 5
"""Others that may change a row while it is looked at, until that is left for later."""
log = logging.getLogger("signalbox.worker")
Found = Kept | Waits | Making | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an attempt asks for."""

    given: str
    """The input as canonical JSON."""
    files: Mapping[str, str]


class Answers:
    """See the module. `ring` says that so many attempts of each lane may go on."""

    def __init__(self, store: DjangoStore, ring: Callable[[Mapping[Lane, int]], None], code: Code) -> None:
        self._store, self._ring, self._code = store, ring, code
        self._making: dict[str, Making] = {}
        """By fence: what is being made in this process now."""

    def admit(self, entry: Entry) -> Outcome | None:
        """Answer from what is kept, let who is to make it pass, or send the others back to wait for it."""
        if entry.is_resumed or not takes_part(entry.spec):
            return None
        asked = self._asked(entry)
        if asked is None:
            return None
        found = self._store.transact(lambda tx: self._find(tx, entry, asked))
        if isinstance(found, Making):
            if not entry.is_elsewhere:
                self._making[entry.claim.fence] = found
            return None
        return self._again(found) if isinstance(found, Kept) else found

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Keep the answer and wake all who wait for it; where there is none, let one of them make it.

        Work that was handed to somebody outside is still being made; it is left once more when they report it.
        """
        try:
            making = self._made_by(entry)
            if making is None or isinstance(outcome, Parked):
                return
            if isinstance(outcome, Ok) and is_whole(outcome) and self._is_same(making, entry):
                self._keep(making, entry, outcome, seconds)
            else:
                self._store.transact(lambda tx: kept.give_up(tx, making))
                if not isinstance(outcome, Waits):  # then it comes back itself, and the others have time
                    self._wake(making, 1)
        except TransientError as error:  # what it made is reported all the same; the next one makes it anew
            log.warning("an answer could not be kept: %s", error, extra=entry.claim.names)

    def _made_by(self, entry: Entry) -> Making | None:
        """Return what an attempt makes; of one that may have been admitted in another process by what is kept."""
        found = self._making.pop(entry.claim.fence, None)
        if found is not None or not entry.is_elsewhere or entry.is_resumed or not takes_part(entry.spec):
            return found
        asked = self._asked(entry)
        return (
            None if asked is None else self._store.transact(lambda tx: kept.made_by(tx, self._means(tx, entry, asked)))
        )

    def _is_same(self, making: Making, entry: Entry) -> bool:
        """Tell whether the files it was about, and those of its code, hold what they held when it began."""
        asked = self._asked(entry)
        if asked is not None and not asked.files:
            return True
        return asked is not None and self._store.transact(lambda tx: self._means(tx, entry, asked)).key == making.key

    def _asked(self, entry: Entry) -> Asked | None:
        """Return what is asked for; None where it rests on what can't be told from the input and the code."""
        schema, code = entry.spec.input_schema, self._code.of(entry.spec)
        if code is None or cache.hides_paths(schema):
            return None
        files = fingerprints(cache.named_paths(schema, dict(entry.input)))
        if files is None:
            return None
        of_code = {f"code {name}": digest for name, digest in code.items()}
        return Asked(given=codec.canonical(entry.input), files={**files, **of_code})

    def _means(self, tx: Tx, entry: Entry, asked: Asked) -> Making:
        claim = entry.claim
        team, workflow = kept.asker_of(tx, claim.run_id)
        key = cache.key_of(team=str(team or ""), agent=claim.agent, version=claim.agent_version,
                           given=asked.given, files=asked.files)  # fmt: skip
        until = tx.now() + entry.spec.cache_seconds
        return Making(key=key, team=team, claim=claim, until=until, is_trial=is_trial(workflow))

    def _find(self, tx: Tx, entry: Entry, asked: Asked) -> Found:
        claim, now = entry.claim, tx.now()
        making = self._means(tx, entry, asked)
        key = making.key
        if making.is_trial:  # it is the agent that is tried, not its memory
            return None
        since = kept.done_before(tx, claim)
        for _ in range(MEETINGS):
            row = kept.read(tx, key)
            if row is not None and row.holds(now, since):
                kept.count_hit(tx, row, making)
                return row
            if (row is not None and row.fence == claim.fence) or kept.make(tx, row, making):
                return making
            if row is not None and row.fence:
                waiting = kept.wait(tx, row)
                if waiting:
                    waits = _waits(key, row, cache.look_again_seconds(waiting))
                    # Here, under the lock of the row: a maker that is done from now on finds it waiting.
                    put_back(tx, claim, waits)
                    return replace(waits, is_back=True)
        return _waits(key, None, cache.FIRST_LOOK_SECONDS)

    def _again(self, row: Kept) -> Ok:
        output = self._store.artifact(row.output_ref) if row.output_ref else row.output
        cost = None if row.cost_usd is None else Decimal(0)
        words = cache.said(run=row.run_id, step=row.path, age_seconds=row.age_seconds, usd=row.usd,
                           tokens=row.tokens, seconds=row.seconds)  # fmt: skip
        return Ok(output=output, usage=Usage(cost_usd=cost, tokens=None if row.tokens is None else 0), note=words)

    def _keep(self, making: Making, entry: Entry, outcome: Ok, seconds: float) -> None:
        text = codec.dumps(outcome.output)
        is_kept = self._store.transact(
            lambda tx: kept.keep(tx, making, text, outcome.usage, seconds, entry.spec.cache_seconds)
        )
        self._wake(making, None if is_kept else 1)

    def _wake(self, making: Making, most: int | None) -> None:
        lanes = self._store.wake(_name(making.key), most)
        if lanes:
            self._ring(lanes)


def takes_part(spec: AgentSpec) -> bool:
    """Tell whether an agent's answers may be given again: it says so, and what it uses on the way may be left out."""
    return spec.cache_seconds > 0 and not acting(spec.tools)


def is_whole(outcome: Ok) -> bool:
    """Tell whether there is nothing to an outcome but a good answer: nothing it lacks, nothing said to others."""
    return not outcome.degraded and not outcome.shared


def _waits(key: str, row: Kept | None, seconds: float) -> Waits:
    whose = f"run {row.run_id}, step {row.path}" if row is not None else "another step"
    return Waits(key=_name(key), seconds=seconds, reason=f"{whose} is asking the same of the same agent")


def _name(key: str) -> str:
    return f"answer:{key}"
