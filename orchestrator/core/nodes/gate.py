"""Kind `gate`: the run waits until people decide. What they approve is bound to a digest of what they saw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, cast

from orchestrator.core import approving, gate_checks, people, proposals
from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, GateClosed, GateDecided, GateOpened, StepEnded, StepReopened, TimerSet
from orchestrator.core.nodes.contract import Look, Usual
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.proposals import Proposal
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Shape
from orchestrator.core.signals import Decided, Decision, Due, Reopen, Signal
from orchestrator.core.state import StepState
from orchestrator.core.status import GateStatus, StepStatus
from orchestrator.core.tree import Tree

DEADLINE = approving.DEADLINE
NOBODY = "nobody decided before the deadline"

_FIELDS = ("title", "show", "edit", "edit_schema", "proposal", "approvers", "deadline", "on_reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Node):
    """Ask people."""

    kind: ClassVar[str] = "gate"

    title: str
    show: Mapping[str, str] = field(default_factory=dict)
    """Name to expression of what is shown; the single name `*` shows every field of an object."""
    edit: tuple[str, ...] = ()
    """Shown names a person may change while approving."""
    edit_schema: Mapping[str, Json] = field(default_factory=dict)
    """JSON Schema of the changes."""
    role: str = "operator"
    group: str = ""
    quorum: int = 1
    not_starter: bool = False
    deadline_seconds: float | None = None
    deadline_then: str = "reject"
    """reject, approve or escalate."""
    deadline_to: str = ""
    """Group that may decide after an escalation."""
    on_reject: str = "fail"
    """fail or continue."""
    proposal: Proposal | None = None
    """What an agent made, shown beside the rest; all of it may be changed."""


class GateKind(Usual):
    """See the module. Its memory: `shown`, `digest`, `approved` (accounts so far), `life` if reopened."""

    def parse(self, step: StepTree, reader: StepReader) -> Gate:
        """Read what is shown, what may be changed, who decides and until when."""
        fields = reader.fields(step.own, _FIELDS, "'gate'", required=("title",))
        who = _inner(fields.get("approvers"), ("role", "group", "quorum", "not_starter"), "'approvers'", reader)
        until = _inner(fields.get("deadline"), ("after", "then", "to"), "'deadline'", reader, required=("after",))
        gate = Gate(
            title=reader.text(fields.get("title")),
            show=_read_show(fields.get("show"), reader),
            edit=reader.texts(fields.get("edit"), "names that are shown"),
            edit_schema=read_schema(fields.get("edit_schema"), reader),
            role=reader.choice(who.get("role"), ("operator", "builder", "admin"), "operator"),
            group=reader.text(who.get("group")),
            quorum=reader.whole(who.get("quorum"), 1, least=1, most=100),
            not_starter=reader.flag(who.get("not_starter")),
            deadline_seconds=reader.duration(until.get("after"), None),
            deadline_then=reader.choice(until.get("then"), ("reject", "approve", "escalate"), "reject"),
            deadline_to=reader.text(until.get("to")),
            on_reject=reader.choice(fields.get("on_reject"), ("fail", "continue"), "fail"),
            proposal=proposals.read(fields.get("proposal"), fields, reader),
            **step.common,
        )
        _check_escalation(gate, fields.get("deadline"), until, reader)
        return gate

    def check(self, node: Gate, types: Types) -> Shape:
        """Check that what may be changed is among what is shown, and return what comes out of it."""
        own = types.written(node).own
        fields = own.value if isinstance(own.value, dict) else {}
        shown = gate_checks.shape_of(fields.get("show"), types)
        if "proposal" in fields:
            return proposals.check(fields["proposal"], types)
        gate_checks.edits(node.edit, fields, shown, types)
        return shown if node.on_reject == "fail" else UNKNOWN

    def agents(self, node: Gate) -> tuple[str, ...]:
        """Return whose contract a proposal has to fit."""
        return (node.proposal.agent,) if node.proposal is not None else ()

    def start(self, node: Gate, look: Look) -> Sequence[Fact]:
        """Open the gate with everything a person needs to see, and wind up its deadline."""
        return self._open(node, look, 0)

    def _open(self, node: Gate, look: Look, life: int) -> Sequence[Fact]:
        if people.is_form(look.path):
            return _form(look, life)
        if node.title == "":
            return _of_call(look, life) if _is_of_call(node, look.state) else [_asked(look, life)]
        shown = _shown(node, look)
        if node.proposal is not None:
            return self._proposed(node, node.proposal, shown, look, life)
        missing = [name for name in node.edit if name not in shown]
        if missing:
            reason = f"edit: '{missing[0]}' is not among what the gate shows ({', '.join(sorted(shown)) or 'nothing'})"
            return [StepEnded(path=look.path, status=StepStatus.FAILED, failure=Failure.EXPRESSION, reason=reason)]
        return self._ask(node, look, life, shown, node.edit, node.edit_schema)

    def _proposed(
        self, node: Gate, proposal: Proposal, shown: Mapping[str, Json], look: Look, life: int
    ) -> Sequence[Fact]:
        value = look.value(proposal.value)
        why = proposals.why_asked(proposal, value, look)
        if not why:
            return [StepEnded(path=look.path, status=StepStatus.SUCCEEDED, output=value)]
        asked = proposals.asked(why, look.agent(proposal.agent), value, shown)
        return self._ask(node, look, life, asked.shown, asked.edit, asked.edit_schema)

    def _ask(
        self, node: Gate, look: Look, life: int, shown: Mapping[str, Json], edit: tuple[str, ...],
        schema: Mapping[str, Json],
    ) -> Sequence[Fact]:  # fmt: skip
        opened = GateOpened(
            path=look.path, title=node.title, shown=shown, digest=digest(shown, life), edit=edit,
            edit_schema=schema, role=node.role, group=node.group, quorum=node.quorum,
            not_starter=node.not_starter, deadline_seconds=node.deadline_seconds,
            deadline_then=node.deadline_then if node.deadline_seconds else "",
        )  # fmt: skip
        if node.deadline_seconds is None:
            return [opened]
        return [opened, TimerSet(path=look.path, timer=DEADLINE, delay_seconds=node.deadline_seconds)]

    def on(self, node: Gate, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Record a decision, and end when enough people said yes, one said no, or time is up; open when reopened."""
        match signal:
            case Decided():
                return self._decided(node, state, signal.decision, look)
            case Due(timer="deadline"):
                return self._due(node, state, look)
            case Reopen():
                return self._open(node, look, _life(state))
            case _:
                return []

    def _decided(self, node: Gate, state: StepState, decision: Decision, look: Look) -> list[Fact]:
        held = {**_shown_so_far(state), **decision.edits}
        recorded = GateDecided(path=state.path, verdict=decision.verdict, actor=decision.actor,
                               actor_name=decision.actor_name, edits=decision.edits, comment=decision.comment,
                               digest=digest(held, _life(state)))  # fmt: skip
        if decision.verdict == "approve":
            return [recorded, *self._approved(node, state, decision, _output(node, state, held, decision, look))]
        if decision.verdict == "send_back":
            by = f"sent back by {decision.actor_name or decision.actor}"
            reason = f"{by}: {decision.comment}" if decision.comment else by
            closed = GateClosed(path=state.path, status=GateStatus.REJECTED, reason=reason)
            ended = StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.REJECTED, reason=reason,
                              sent_back_to=decision.to, feedback=decision.comment or reason)  # fmt: skip
            return [recorded, closed, ended]
        reason = f"rejected by {decision.actor_name or decision.actor}: {decision.comment}"
        if _is_of_call(node, state):
            return [recorded, *_call_rejected(state, GateStatus.REJECTED, reason, decision.actor_name or decision.actor,
                                              decision.comment)]  # fmt: skip
        return [recorded, *self._rejected(node, state, GateStatus.REJECTED, Failure.REJECTED, reason)]

    def _approved(self, node: Gate, state: StepState, decision: Decision, output: Json) -> list[Fact]:
        before = set() if decision.edits else set(cast("list[str]", state.memo.get("approved", [])))
        if len(before | {decision.actor}) < node.quorum:
            return []
        closed = GateClosed(path=state.path, status=GateStatus.APPROVED)
        return [closed, StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output)]

    def _rejected(self, node: Gate, state: StepState, status: GateStatus, failure: Failure, reason: str) -> list[Fact]:
        closed = GateClosed(path=state.path, status=status, reason=reason)
        if node.on_reject == "continue":
            held: Json = {**_shown_so_far(state), "rejected": True, "reason": reason}
            return [closed, StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=held)]
        return [closed, StepEnded(path=state.path, status=StepStatus.FAILED, failure=failure, reason=reason)]

    def _due(self, node: Gate, state: StepState, look: Look) -> list[Fact]:
        if _is_of_call(node, state):
            return _call_rejected(state, GateStatus.EXPIRED, NOBODY, "", NOBODY)
        if node.deadline_then == "approve":
            closed = GateClosed(path=state.path, status=GateStatus.APPROVED, reason="the deadline passed")
            output = _came_to(node, _shown_so_far(state), look)
            return [closed, StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=output)]
        if node.deadline_then == "escalate":  # once: after it there is no deadline, so a second timer is an old one
            return [] if state.memo.get("escalated") else [_escalated(node, state, look)]
        return self._rejected(node, state, GateStatus.EXPIRED, Failure.EXPIRED, NOBODY)

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember what is shown, who approved it and what they changed; an edit voids earlier approvals."""
        match fact:
            case GateOpened():
                memo: dict[str, Json] = {"shown": dict(fact.shown), "digest": fact.digest, "approved": []}
                lives = {"life": _life(state)} if _life(state) else {}
                return replace(state, memo={**memo, **lives, "escalated": "shown" in state.memo})
            case StepReopened():
                return replace(state, memo={"life": _life(state) + 1})
            case GateDecided(verdict="approve"):
                before = [] if fact.edits else cast("list[Json]", state.memo.get("approved", []))
                held: Json = {**_shown_so_far(state), **fact.edits}
                approved: Json = [*(one for one in before if one != fact.actor), fact.actor]
                return replace(state, memo={**state.memo, "shown": held, "digest": fact.digest, "approved": approved})
            case _:
                return state


def _output(node: Gate, state: StepState, held: dict[str, Json], decision: Decision, look: Look) -> Json:
    """Return what an approval comes to: what was shown, an answer, or leave for a call."""
    if people.is_form(state.path):
        return people.answer(look.agent(_asked_of(state)), held)
    if not _is_of_call(node, state):
        return _came_to(node, held, look)
    return approving.decided(state.item, held, "approved", decision.actor_name or decision.actor, decision.comment)


def _came_to(node: Gate, held: dict[str, Json], look: Look) -> Json:
    return held if node.proposal is None else proposals.approved(look.agent(node.proposal.agent), held)


def _is_of_call(node: Gate, state: StepState) -> bool:
    """Tell whether an agent opened the gate for a call of a tool; gates of a file have titles."""
    return node.title == "" and approving.is_call(state.item)


def _call_rejected(state: StepState, status: GateStatus, reason: str, by: str, comment: str) -> list[Fact]:
    """Tell an agent that its call may not be made: that is an answer, and no failure of the step that asked."""
    told = approving.decided(state.item, _shown_so_far(state), "rejected", by, comment)
    closed = GateClosed(path=state.path, status=status, reason=reason)
    return [closed, StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=told)]


def _of_call(look: Look, life: int) -> list[Fact]:
    """Open a gate that an agent's risky call of a tool opens by itself (H6)."""
    about = look.state.item
    return approving.opened(look.path, about, digest(approving.shown(about), life))


def _asked(look: Look, life: int) -> GateOpened:
    """Open a gate that an agent asked for: its question, and a field for the answer."""
    item = look.state.item if isinstance(look.state.item, dict) else {}
    question, options = str(item.get("question") or "?"), cast("list[Json]", item.get("options") or [])
    shown: dict[str, Json] = {"question": question, "answer": ""}
    field_: dict[str, Json] = {"enum": options} if options else {"type": "string", "minLength": 1}
    wanted: dict[str, Json] = {"type": "object", "properties": {"answer": field_}, "required": ["answer"]}
    return GateOpened(path=look.path, title=question[:120], shown=shown, digest=digest(shown, life), edit=("answer",),
                      edit_schema=wanted)  # fmt: skip


def _form(look: Look, life: int) -> list[Fact]:
    """Open the form of a step that a person does: what it is given, and a field for each thing it returns."""
    spec = look.agent(_asked_of(look.state))
    assert spec is not None  # the step around it knows its agent
    asked = people.form(spec, look.value(people.GIVEN), str(look.value("feedback")))
    opened = GateOpened(path=look.path, title=asked.title, shown=asked.shown, digest=digest(asked.shown, life),
                        edit=asked.names, edit_schema=asked.schema, role=asked.role, group=asked.group,
                        not_starter=asked.not_starter, deadline_seconds=asked.deadline_seconds,
                        deadline_then="reject" if asked.deadline_seconds else "")  # fmt: skip
    seconds = asked.deadline_seconds
    return [opened] if seconds is None else [opened, TimerSet(path=look.path, timer=DEADLINE, delay_seconds=seconds)]


def _asked_of(state: StepState) -> str:
    """Return the agent whose contract a form's answer has to fit."""
    return str(state.item.get("agent")) if isinstance(state.item, dict) else ""


def digest(shown: Mapping[str, Json], life: int = 0) -> str:
    """Return the content hash of what a person sees: SHA-256 over canonical JSON, first 32 hex digits.

    A gate that was reopened asks anew: no decision of its life before counts, so its digest is another one.
    """
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + (f"#{life}" if life else "")
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _shown(node: Gate, look: Look) -> dict[str, Json]:
    if set(node.show) == {"*"}:
        value = look.value(node.show["*"])
        return dict(value) if isinstance(value, dict) else {"value": value}
    return {name: look.value(expression) for name, expression in node.show.items()}


def _shown_so_far(state: StepState) -> dict[str, Json]:
    return dict(cast("dict[str, Json]", state.memo.get("shown", {})))


def _life(state: StepState) -> int:
    return cast("int", state.memo.get("life", 0))


def _escalated(node: Gate, state: StepState, look: Look) -> GateOpened:
    edit, schema = node.edit, node.edit_schema
    if node.proposal is not None:
        edit, schema = proposals.fields_of(look.agent(node.proposal.agent), _shown_so_far(state))
    return GateOpened(path=state.path, title=f"{node.title} (escalated)", shown=_shown_so_far(state),
                      digest=cast("str", state.memo["digest"]), edit=edit, edit_schema=schema,
                      role=node.role, group=node.deadline_to, quorum=node.quorum,
                      not_starter=node.not_starter)  # fmt: skip


def _inner(
    tree: Tree | None, known: tuple[str, ...], what: str, reader: StepReader, required: tuple[str, ...] = ()
) -> Mapping[str, Tree]:
    return {} if tree is None else reader.fields(tree, known, what, required)


def _read_show(tree: Tree | None, reader: StepReader) -> dict[str, str]:
    if tree is None:
        return {}
    if not isinstance(tree.value, str):
        return reader.expressions(tree, "'show'")
    text = reader.expression(tree)
    return {"*": text} if text else {}


def _check_escalation(gate: Gate, deadline: Tree | None, until: Mapping[str, Tree], reader: StepReader) -> None:
    if deadline is None:
        return
    if gate.deadline_then == "escalate" and "to" not in until:
        reader.wrong(deadline, "an escalation needs 'to'", "name the group that decides then")
    if gate.deadline_then != "escalate" and "to" in until and "then" in until:
        reader.wrong(until["to"], "'to' goes with 'then: escalate'", "remove it", at_name=True)
