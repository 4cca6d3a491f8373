"""Where the words of a conversation are: in the outputs of the turns that said them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from orchestrator.core import codec
from orchestrator.core.conversations.definition import BEGIN, POST, START, Converse
from orchestrator.core.conversations.letters import Letter
from orchestrator.core.conversations.memory import Box, Memory
from orchestrator.core.ids import StepPath, child
from orchestrator.core.nodes.contract import Held, Kept, Look, output_of
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState

Child = Callable[[StepPath], StepState | None]


def turn_path(talk: StepPath, name: str, turn: int) -> StepPath:
    """Return the path of a peer's turn."""
    return child(talk, name, turn)


def output(turn: StepState | None, look: Look) -> Json:
    """Return what a turn came to, read where it is kept."""
    found = output_of(turn)
    return look.artifact(found.ref) if isinstance(found, Kept) else found


def first_text(given: Mapping[str, Json], place: int) -> str:
    """Return what one of the first messages says; what is no text is written as JSON."""
    text = given.get(f"text{place}")
    return text if isinstance(text, str) else codec.dumps(text)


def inbox(box: Box, path: StepPath, of: Child) -> tuple[Held, ...]:
    """Return what a turn is given to read, its words read only where somebody needs them."""
    return tuple(_message(letter, path, of) for letter in box.hand)


def _message(letter: Letter, path: StepPath, of: Child) -> Mapping[str, Json | Kept]:
    about: dict[str, Json | Kept] = {"id": letter.id, "from": letter.sender, "hops": [*letter.hops]}
    if letter.re is not None:
        about["re"] = letter.re
    if letter.sender == POST:
        return {**about, "text": letter.note}
    name = BEGIN if letter.sender == START else letter.sender
    said = output_of(of(turn_path(path, name, letter.turn)))
    return {**about, **(_first(said, letter.place) if name == BEGIN else _sent(said, letter.place))}


def _first(said: Json | Kept, place: int) -> Mapping[str, Json | Kept]:
    names = {"text": f"text{place}", "payload": f"payload{place}"}
    if isinstance(said, Kept):
        return {name: Kept(said.ref, (at,)) for name, at in names.items()}
    given = said if isinstance(said, dict) else {}
    found: dict[str, Json] = {"text": first_text(given, place)}
    return found | ({"payload": given[names["payload"]]} if names["payload"] in given else {})


def _sent(said: Json | Kept, place: int) -> Mapping[str, Json | Kept]:
    if isinstance(said, Kept):
        return {name: Kept(said.ref, ("send", place, name)) for name in ("text", "payload")}
    sent = cast("list[Mapping[str, Json]]", said.get("send") if isinstance(said, dict) else [])
    return {name: sent[place][name] for name in ("text", "payload") if name in sent[place]}


def answer(memory: Memory, name: str, path: StepPath, look: Look) -> Json:
    """Return what a peer answered."""
    found = output(look.child(turn_path(path, name, memory.box(name).answered)), look)
    return found.get("answer") if isinstance(found, dict) else None


def kept_answer(memory: Memory, name: str, path: StepPath, of: Child) -> Json | Kept:
    """Return what a peer answered, or where that is kept."""
    said = output_of(of(turn_path(path, name, memory.box(name).answered)))
    if isinstance(said, Kept):
        return Kept(said.ref, ("answer",))
    return said.get("answer") if isinstance(said, dict) else None


def notes(box: Box, name: str, scratch: str, path: StepPath, of: Child) -> Json | Kept:
    """Return what a peer kept for itself; null at its first turn, and for who took its place."""
    said = output_of(of(turn_path(path, name, box.notes))) if box.notes else None
    if isinstance(said, Kept):
        return Kept(said.ref, (scratch,))
    return said.get(scratch) if isinstance(said, dict) else None


def took(turn: StepState | None) -> float:
    """Return how long a turn took, in seconds, from the last beginning of work."""
    if turn is None or turn.ended_at is None:
        return 0.0
    began = turn.started_at or turn.opened_at or turn.ended_at
    return round(max(turn.ended_at - began, 0.0), 6)


def agent_of(node: Converse, memory: Memory, name: str) -> str:
    """Return the agent that works under a peer's name now."""
    return memory.box(name).agent or str(getattr(node.by_name[name].node, "agent", name))
