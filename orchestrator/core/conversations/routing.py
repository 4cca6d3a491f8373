"""The post office: what a turn sends goes into inboxes, and whoever wrote to nobody is told (P11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from orchestrator.core import schema
from orchestrator.core.conversations import talk, words
from orchestrator.core.conversations.definition import BEGIN, POST, START, Converse, Peer
from orchestrator.core.conversations.letters import MOST_TEXT, digest, path_on
from orchestrator.core.conversations.memory import Memory
from orchestrator.core.events import Fact, MessageRepeated, MessageReturned, MessageSent, PeerDown, PeerSpoke
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.contract import Look
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import listed
from orchestrator.core.words import suggestion

MOST_PATIENT = 86_400.0
"""The longest wait before a peer is tried again, in seconds."""
SENT: dict[str, Json] = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "required": ["to", "text"],
        "properties": {"to": {"type": "string"}, "text": {"type": "string"}, "payload": {},
                       "re": {"type": ["integer", "null"]}},
    },
}  # fmt: skip
TURN: dict[str, Json] = {
    "type": ["object", "null"],
    "properties": {"send": SENT, "done": {"type": ["boolean", "null"]}, "answer": {}},
}
"""What a turn may come to, whatever else is in it."""


class Post:
    """Takes letters in, one after the other, and keeps the facts about them."""

    def __init__(self, node: Converse, memory: Memory, path: StepPath) -> None:
        """Begin with what the conversation remembers."""
        self.node, self.memory, self.path = node, memory, path
        self.facts: list[Fact] = []

    def record(self, fact: Fact) -> None:
        """Keep a fact, and remember it."""
        self.facts.append(fact)
        self.memory = self.memory.after(fact, self.path)

    def send(self, letter: MessageSent) -> bool:
        """Deliver a message, or tell its sender why not; tell whether it was delivered."""
        reason = self._why_not(letter)
        if reason:
            self.record(MessageReturned(path=self.path, id=self.memory.ids + 1, to=letter.sender, reason=reason,
                                        hops=letter.hops[:-1]))  # fmt: skip
            return False
        self.record(letter)
        times = self.memory.pairs.get(talk.key(letter.sender, letter.to), talk.Pair()).times(letter.sender, letter.said)
        if times > 1 and letter.sender in self.node.by_name:
            agent = words.agent_of(self.node, self.memory, letter.to)
            self.record(MessageRepeated(path=self.path, asks=letter.sender, answers=letter.to, agent=agent,
                                        text=letter.text, times=times))  # fmt: skip
        return True

    def _why_not(self, letter: MessageSent) -> str:
        if letter.to == letter.sender:
            return f"'{letter.to}' is you; keep what you need in your notes"
        if letter.to not in self.node.by_name:
            hint = suggestion(
                letter.to, [name for name in self.node.by_name if name != letter.sender], "you can write to"
            )
            return f"there is no '{letter.to}' here; {hint}"
        if len(letter.hops) > self.node.hops:
            way = " → ".join((*letter.hops, letter.to)[-6:])
            return f"it would be hop {len(letter.hops)} of at most {self.node.hops} (… {way}); end this exchange"
        return ""


def spoken(node: Converse, peer: Peer, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
    """Take in what a peer's turn that ended well came to."""
    box = memory.box(peer.name)
    output = words.output(look.child(words.turn_path(path, peer.name, box.turns)), look)
    found = schema.problems(TURN, output)
    if found:
        return [down(node, peer, memory, path, f"what it said can't be used: {listed(found, 3)}", look)]
    given = cast("Mapping[str, Any]", output or {})
    post = Post(node, memory, path)
    sent: list[int] = []
    delivered = memory.delivered(peer.name, box.turns)
    for place, one in enumerate(given.get("send") or ()):
        if place in delivered:
            sent.append(delivered[place])
            continue
        hops = path_on(box.hand, one.get("re"), peer.name)
        letter = MessageSent(path=path, id=post.memory.ids + 1, sender=peer.name, to=one["to"], turn=box.turns,
                             place=place, text=one["text"][:MOST_TEXT], said=digest(one["text"]), hops=hops,
                             re=one.get("re"))  # fmt: skip
        if post.send(letter):
            sent.append(letter.id)
    answered = given.get("answer") is not None
    post.record(PeerSpoke(path=path, peer=peer.name, turn=box.turns, sent=tuple(sent), answered=answered,
                          done=answered or given.get("done") is True,
                          scratch=bool(peer.scratch) and peer.scratch in given,
                          seconds=words.took(look.child(words.turn_path(path, peer.name, box.turns)))))  # fmt: skip
    return post.facts


def opened(node: Converse, memory: Memory, path: StepPath, look: Look) -> list[Fact]:
    """Deliver the first messages, as their step has put them together."""
    turn = memory.box(BEGIN).turns
    output = cast("Mapping[str, Json]", words.output(look.child(words.turn_path(path, BEGIN, turn)), look))
    post = Post(node, memory, path)
    for place, to in enumerate(node.openings):
        if place in memory.delivered(START, turn):
            continue
        text = words.first_text(output, place)
        post.send(MessageSent(path=path, id=post.memory.ids + 1, sender=START, to=to, turn=turn, place=place,
                              text=text[:MOST_TEXT], said=digest(text)))  # fmt: skip
    post.record(PeerSpoke(path=path, peer=BEGIN, turn=turn))
    return post.facts


def unread(memory: Memory, number: int, path: StepPath, seconds: float) -> list[Fact]:
    """Take a message out of the inbox it still lies in, and tell its sender."""
    for name, box in memory.boxes.items():
        for letter in box.inbox:
            if letter.id == number and letter.sender != POST:
                reason = f"{name} did not read message {number} within {seconds:g} s"
                return [MessageReturned(path=path, id=memory.ids + 1, to=letter.sender, reason=reason, about=number,
                                        hops=letter.hops[:-1])]  # fmt: skip
    return []


def down(node: Converse, peer: Peer, memory: Memory, path: StepPath, reason: str, look: Look) -> PeerDown:
    """Say what becomes of a peer that failed for good: it is tried again later, replaced, or gone."""
    box = memory.box(peer.name)
    seconds = words.took(look.child(words.turn_path(path, peer.name, box.turns)))
    made = PeerDown(path=path, peer=peer.name, turn=box.turns, reason=reason, then="gone", seconds=seconds)
    if node.revive_seconds is not None and box.revived < node.revivals:
        delay = min(node.revive_seconds * 2**box.revived, MOST_PATIENT)
        return replace(made, then="revive", delay_seconds=delay)
    if peer.replacement and not box.agent:
        return replace(made, then="replace", agent=peer.replacement)
    return made
