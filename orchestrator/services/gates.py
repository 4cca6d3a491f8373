"""Decides at gates: checks who decides, on what, and what they change, then tells the run.

Reading them is in `queries.gates`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.utils import timezone

from orchestrator.core import codec, schema
from orchestrator.core.errors import OrchestratorError, RejectedConflict, RejectedError, RejectedForbidden
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import DecideGate
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.signals import Decision
from orchestrator.core.status import GateStatus
from orchestrator.core.words import type_of
from orchestrator.models import Gate, GateLook, User, Verdict
from orchestrator.queries.gates import decisions, gate_detail, my_decision, wants_answer, why_not
from orchestrator.queries.inbox import kind_of, runs_of
from orchestrator.services import audit, mailbox
from orchestrator.services.access import Verb, may, require

VERDICTS = ("approve", "reject", "send_back", "answer")
MOST_COMMENT = 10_000
MOST_EDIT_BYTES = 1_000_000
MOST_ALIKE = 100
"""Approvals that one person may approve with one click."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person wants to decide."""

    verdict: str
    """One of VERDICTS."""
    edits: Mapping[str, Json] = field(default_factory=dict)
    comment: str = ""
    digest: str = ""
    """Of what they saw; empty when they did not say."""
    to: str = ""
    """Which step to send back to; empty means the one before the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What became of one of several approvals."""

    gate: Gate
    refused: str = ""
    """Why it was not approved; empty when it was."""


def decide(
    actor: object,
    gate_id: int,
    verdict: str,
    edits: Mapping[str, Json] | None = None,
    comment: str = "",
    digest: str = "",
    to: str = "",
) -> Gate:
    """Record a person's decision at a gate; the same click twice counts once and is answered the same."""
    user = require(actor, Verb.DECIDE_GATE)
    gate = gate_detail(user, gate_id)
    verdict = "approve" if verdict == "answer" and wants_answer(gate) else verdict
    choice = Choice(verdict=verdict, edits=dict(edits or {}), comment=comment.strip(), digest=digest, to=to)
    _check_person(user, gate)
    _check_words(gate, choice)
    key = _key(user, gate, choice)
    if not _is_repeated(user, gate, choice, key):
        _ask(user, gate, choice, key)
    return gate_detail(user, gate_id)


def looked(actor: object, gate_id: int) -> None:
    """Note when somebody who may decide first looks at an open request; a second look changes nothing."""
    if not may(actor, Verb.DECIDE_GATE):
        return
    user = require(actor, Verb.DECIDE_GATE)
    gate = gate_detail(user, gate_id)
    if gate.status == GateStatus.OPEN:
        look = GateLook(run_id=gate.run_id, path=gate.path, actor=str(user.pk), at=timezone.now())
        GateLook.objects.bulk_create([look], ignore_conflicts=True)


def _ask(user: User, gate: Gate, choice: Choice, key: str) -> None:
    """Put the decision to the run; one that came too late stays on record as well."""
    trail = _trail(gate, choice)
    try:
        _check_moment(gate, choice)
        _check_edits(gate, choice)
        message = DecideGate(path=StepPath(gate.path), decision=_decision(user, gate, choice))
        mailbox.ask(gate.run_id, message, key, partial(audit.record, user, choice.verdict, "gate", gate.pk, trail))
    except RejectedConflict as late:
        audit.record(user, f"{choice.verdict}_refused", "gate", gate.pk, {**trail, "refused": late.detail})
        raise


def approve_alike(actor: object, seen: Sequence[tuple[int, str]]) -> list[Approved]:
    """Approve several approvals of the same kind as they stand, each by itself: one that is refused stops no other.

    `seen` names each with the digest of what the person saw; raises RejectedError where they are not alike.
    """
    user = require(actor, Verb.DECIDE_GATE)
    found = [(gate_detail(user, gate_id), digest) for gate_id, digest in dict(seen).items()]
    runs = runs_of([gate for gate, _ in found])
    kinds = {kind_of(gate, runs.get(gate.run_id)) for gate, _ in found}
    if len(kinds) != 1 or "" in kinds or len(found) > MOST_ALIKE or not all(digest for _, digest in found):
        hint = (
            f"choose up to {MOST_ALIKE} of one step of one workflow that need a single person each, with their digests"
        )
        problem = Problem(path="approvals", message="these are not alike", hint=hint)
        raise RejectedError("They cannot be approved together.", [problem])
    return [_approve_one(user, gate, digest) for gate, digest in found]


def _approve_one(user: User, gate: Gate, digest: str) -> Approved:
    try:
        return Approved(gate=decide(user, gate.pk, "approve", digest=digest))
    except OrchestratorError as refused:
        return Approved(gate=gate, refused=refused.detail)


def _check_person(user: User, gate: Gate) -> None:
    reason = why_not(user, gate)
    if reason:
        raise RejectedForbidden(reason)


def _check_words(gate: Gate, choice: Choice) -> None:
    wrong = list(_wrong_words(choice))
    if choice.edits and choice.verdict != "approve":
        wrong.append(Problem(path="edits", message="changes count only when approving", hint="leave them out"))
    if wrong:
        raise RejectedError("The decision cannot be taken like this.", wrong)


def _wrong_words(choice: Choice) -> list[Problem]:
    if choice.verdict not in VERDICTS:
        hint = f"one of {', '.join(VERDICTS)}"
        return [Problem(path="verdict", message=f"{choice.verdict[:40]!r} is not one of them", hint=hint)]
    if choice.verdict == "answer":
        hint = "approve, reject or send_back"
        return [Problem(path="verdict", message="this approval asks for a decision, not for an answer", hint=hint)]
    if choice.verdict != "approve" and not choice.comment:
        hint = "say why, so that whoever continues knows what to do"
        return [Problem(path="comment", message="a comment is missing", hint=hint)]
    if choice.digest and not choice.digest.isalnum():
        return [Problem(path="digest", message="this is no digest", hint="take it from the approval, unchanged")]
    if "\0" in choice.comment + choice.to:
        return [Problem(path="comment", message="holds a zero character", hint="leave it out")]
    if len(choice.comment) > MOST_COMMENT:
        hint = f"write at most {MOST_COMMENT} characters"
        return [Problem(path="comment", message="the comment is too long", hint=hint)]
    return []


def _is_repeated(user: User, gate: Gate, choice: Choice, key: str) -> bool:
    """Tell whether this very decision was taken before."""
    said = Verdict.objects.filter(pk=key).first()
    if said is not None:
        return said.status < 400
    before = my_decision(user, gate) if gate.status != GateStatus.OPEN else None
    return before is not None and (before.verdict, dict(before.edits or {}), before.comment) == (
        choice.verdict, dict(choice.edits), choice.comment,
    )  # fmt: skip


def _check_moment(gate: Gate, choice: Choice) -> None:
    if gate.status != GateStatus.OPEN:
        last = decisions(gate)[-1:]
        by = f" by {last[0].actor_name or last[0].actor}" if last else ""
        raise RejectedConflict(f"This approval is {gate.status} already{by}.")
    if choice.digest and choice.digest != gate.digest:
        raise RejectedConflict("What this approval shows has changed since you looked; look again and decide then.")


def _check_edits(gate: Gate, choice: Choice) -> None:
    wrong = [problem.under("edits") for problem in _wrong_edits(gate, dict(choice.edits))]
    if wrong:
        raise RejectedError(f"The {'answer does' if wants_answer(gate) else 'changes do'} not fit.", wrong)
    missing = _wrong_as_it_is(gate) if choice.verdict == "approve" and not choice.edits and gate.edit_schema else []
    if missing:
        asks = wants_answer(gate)
        raise RejectedError(
            "Something is still to be filled in." if asks else "It cannot be approved as it is.", missing
        )


def _wrong_edits(gate: Gate, edits: dict[str, Json]) -> list[Problem]:
    if not edits:
        return []
    allowed: list[str] = list(gate.edit or [])
    hint = f"these may be changed: {', '.join(allowed)}" if allowed else "nothing may be changed here"
    strangers = [name for name in edits if name not in allowed]
    if strangers:
        return [Problem(path=name[:80], message="this may not be changed", hint=hint) for name in strangers]
    try:
        codec.within(edits, MOST_EDIT_BYTES)
    except (codec.NotJson, codec.TooLarge) as error:
        return [Problem(path="", message=str(error), hint="shorten it")]
    shown: dict[str, Json] = dict(gate.shown or {})
    if gate.edit_schema:
        held = {**shown, **edits}
        return list(schema.problems(gate.edit_schema, {name: held[name] for name in allowed if name in held}))
    return [found for name, value in edits.items() for found in _other_type(name, shown.get(name), value)]


def _wrong_as_it_is(gate: Gate) -> list[Problem]:
    """Say what a person has to fill in before the gate can be approved: what it shows so far does not fit."""
    shown: dict[str, Json] = dict(gate.shown or {})
    found = schema.problems(
        dict(gate.edit_schema or {}), {name: shown[name] for name in gate.edit or [] if name in shown}
    )
    return [problem.under("edits") for problem in found]


def _other_type(name: str, shown: Json, value: Json) -> list[Problem]:
    """Without a schema the shown value is the measure: what replaces a text is a text."""
    if shown is None or _family(shown) == _family(value):
        return []
    message = f"expected {_family(shown)}, found {_family(value)}"
    return [Problem(path=name, message=message, hint=f"give {_family(shown)}")]


def _family(value: Json) -> str:
    return "true or false" if isinstance(value, bool) else type_of(value)


def _key(user: User, gate: Gate, choice: Choice) -> str:
    """Name the decision: the same person, verdict and content on the same sight is the same decision."""
    content = codec.canonical([dict(choice.edits), choice.to]) if choice.edits or choice.to else ""
    tail = f":{hashlib.sha256(content.encode()).hexdigest()[:16]}" if content else ""
    return f"gate:{gate.pk}:{choice.digest[:64] or gate.digest}:{user.pk}:{choice.verdict}{tail}"


def _decision(user: User, gate: Gate, choice: Choice) -> Decision:
    # What was checked here is what is decided: the run refuses if the gate shows something else by now.
    return Decision(
        verdict=choice.verdict, actor=str(user.pk), actor_name=audit.name_of(user), edits=choice.edits,
        comment=choice.comment, digest=choice.digest or gate.digest, to=choice.to,
    )  # fmt: skip


def _trail(gate: Gate, choice: Choice) -> dict[str, Json]:
    return {
        "run": gate.run_id, "path": gate.path, "digest": choice.digest or gate.digest, "edits": dict(choice.edits),
        "comment": choice.comment[:1000],
    }  # fmt: skip
