"""One approval as its reader sees it: what is shown, the form, what each decision does. Personal, so never pushed."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.forms.fields import Field, fields_of
from dashboard.partials.approvals import Row, rows, state
from dashboard.partials.differences import edited
from dashboard.partials.values import Laid, as_text, laid
from orchestrator.core.status import GateStatus
from orchestrator.models import Gate, GateDecision, User
from orchestrator.queries.gates import decisions, gate_detail, my_decision, wants_answer, why_not
from orchestrator.queries.inbox import as_it_stands, consequences, edits_of, kind_of

PREFIX = "edit."
"""Before the name of a field that may be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person had typed when the form came back."""

    fields: tuple[Field, ...] | None = None
    comment: str = ""
    to: str = ""
    title: str = ""
    """Headline of the refusal; empty when nothing was refused."""
    wrong: tuple[str, ...] = ()
    comment_wrong: str = ""
    """What is wrong with the comment."""


def context(viewer: User, gate_id: int, draft: Draft | None = None, line: Row | None = None) -> dict[str, object]:
    """Return what the template of one approval needs, given its line of the inbox if there is one.

    Raises RejectedMissing.
    """
    gate, made = opened(viewer, gate_id)
    if line is None or line.gate.digest != gate.digest:
        [line] = rows([gate])
    draft, run, agreed = draft or Draft(), line.run, line.agreed
    is_open = gate.status == GateStatus.OPEN
    refusal, mine = why_not(viewer, gate), _mine(viewer, gate)
    return {
        "kind": kind_of(gate, run) if is_open and not refusal else "", "was": was(gate),
        "would_decide": agreed + 1 >= gate.quorum > 1 and mine is None,
        "gate": gate, "run": run, "parts": parts(gate, is_form=is_open and not refusal), "draft": draft,
        "fields": fields(gate) if draft.fields is None else draft.fields, "prefix": PREFIX, "is_open": is_open,
        "state": state(gate, made), "why_not": refusal, "mine": mine,
        "agreed": agreed, "does": consequences(gate, run) if run else None,
        "edits": edited(edits_of(gate, made)),
        "asks": wants_answer(gate), "stuck": line.stuck if is_open else "",
    }  # fmt: skip


def opened(viewer: User, gate_id: int) -> tuple[Gate, tuple[GateDecision, ...]]:
    """Return an approval as it stands with what was decided so far; raises RejectedMissing."""
    gate = gate_detail(viewer, gate_id)
    made = decisions(gate)
    return as_it_stands(gate, made), made


def fields(gate: Gate) -> tuple[Field, ...]:
    """Make the form of what may be changed while approving."""
    return fields_of(gate.edit_schema or {}, list(gate.edit or []), dict(gate.shown or {}))


def was(gate: Gate) -> list[tuple[str, str]]:
    """Return what the fields of the form stood at, as text, for showing what a person has changed."""
    shown = dict(gate.shown or {})
    return [(f"{PREFIX}{name}", as_text(shown.get(name))) for name in gate.edit or []]


def parts(gate: Gate, is_form: bool) -> list[tuple[str, Laid]]:
    """Return what the approval shows; what may be changed stands in the form instead, where there is one."""
    hidden = set(gate.edit or []) if is_form else set()
    return [(name, laid(value)) for name, value in (gate.shown or {}).items() if name not in hidden]


def _mine(viewer: User, gate: Gate) -> object:
    """Return the reader's decision on what the approval shows now."""
    mine = my_decision(viewer, gate)
    return mine if mine is not None and mine.digest == gate.digest else None
