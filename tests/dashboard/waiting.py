"""Runs that really wait at a gate, for tests of the inbox: a letter that is drafted, signed and sent on."""

from __future__ import annotations

from orchestrator.models import Gate, Run, User
from orchestrator.services import people, runs, workflows
from orchestrator.services.gates import decide

LETTERS = """
workflow: letters
role: Has a letter signed.
input:
  type: object
  required: [text]
  properties:
    {text: {type: string}, copies: {type: integer, default: 1}, urgent: {type: boolean}, seals: {type: object}}
steps:
  - id: draft
    gate: {title: Draft it, show: {text: input.text}}
  - id: sign
    gate:
      title: Sign the letter
      show: {text: input.text, copies: input.copies, urgent: input.urgent, seals: input.seals}
      edit: [text, copies, urgent, seals]
      approvers: {quorum: %d}
"""
WHOLE = {"text": "Dear all,\nhello", "copies": 2, "urgent": True, "seals": {"wax": "red"}}


def letters(quorum: int = 1) -> str:
    """Load the workflow."""
    return workflows.apply(people.shell_account(), LETTERS % quorum).version.name


def waiting(starter: User, quorum: int = 1, **more: object) -> Gate:
    """Start a run and lead it to the second gate."""
    run = Run.objects.get(pk=runs.start(starter, letters(quorum), WHOLE | more).run_id)
    decide(starter, Gate.objects.get(run_id=run.id, path="draft").pk, "approve")
    return Gate.objects.get(run_id=run.id, path="sign")


def first(starter: User, **more: object) -> Gate:
    """Start a run, which waits at the first gate: nothing led to it."""
    run = runs.start(starter, letters(), WHOLE | more)
    return Gate.objects.get(run_id=run.run_id)


def form(gate: Gate, verdict: str, **typed: str) -> dict[str, str]:
    """Return what a browser sends: line ends of two characters, checkboxes with their companion."""
    fields = {
        "edit.text": gate.shown["text"].replace("\n", "\r\n"), "edit.copies": str(gate.shown["copies"]),
        "edit.urgent": "on" if gate.shown["urgent"] else "", "edit.seals": '{\r\n  "wax": "red"\r\n}',
    }  # fmt: skip
    sent = {"verdict": verdict, "digest": gate.digest, "comment": "", **fields}
    return {**sent, **{f"edit.{name}" if f"edit.{name}" in fields else name: text for name, text in typed.items()}}
