"""Several agents that are asked the same without seeing each other, as debates and explorers have them.

Each is a branch of a parallel. A branch can refer to nothing in another one: what they say is sealed until all said it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.parse import Reader
from orchestrator.core.patterns.contract import Made, made
from orchestrator.core.tree import Tree

MOST = 20
"""Who may be asked at once; each sees what all others said, so what is kept grows with the square."""
_LONGEST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One that is asked."""

    who: str
    """The name of its branch."""
    agent: Tree
    """Its agent, where that is written."""
    number: int
    """Which of those with the same agent it is, from 1."""
    times: int
    """How many have the same agent."""

    @property
    def name(self) -> str:
        """Return its agent's name."""
        return _name(self.agent)


def read_voices(tree: Tree | None, reader: Reader) -> tuple[Voice, ...]:
    """Read `[a, b, {agent: c, times: 3}]` or `{agent: a, times: 3}`; nothing where that can't be used."""
    if tree is None:
        return ()
    before = len(reader.problems)
    written = tree.value if isinstance(tree.value, list) else [tree]
    agents = [agent for one in written for agent in _agents(one, reader)]
    if len(reader.problems) > before:
        return ()
    if not 2 <= len(agents) <= MOST:
        hint = "name fewer" if len(agents) > MOST else "name more agents, or write {agent: NAME, times: 3}"
        reader.wrong(tree, f"there must be from 2 to {MOST} of them, but there are {len(agents)}", hint)
        return ()
    return tuple(_voices(agents))


def branches(
    voices: Sequence[Voice], written: Tree | None, more: Mapping[str, Mapping[str, Made]], beside: Mapping[str, Tree]
) -> dict[str, Made]:
    """Return a branch for each; `more` is what it is given beside what is written, by who it is."""
    return {voice.who: call(voice.agent, written, more.get(voice.who, {}), beside) for voice in voices}


def call(agent: Tree, written: Tree | None, more: Mapping[str, Made], beside: Mapping[str, Tree], **own: Made) -> Tree:
    """Return a step that calls an agent with what is written in `with` and more, standing where the agent is named."""
    step: dict[str, Made] = {**own, "agent": agent, **beside}
    if written is not None and not isinstance(written.value, dict):
        step["with"] = written  # told when it is read
    elif written is not None or more:
        inner = written.value if written is not None and isinstance(written.value, dict) else {}
        at = written or agent
        given = {**inner, **{name: made(value, agent) for name, value in more.items()}}
        step["with"] = Tree(value=given, path=at.path, line=at.line, is_made=True)
    return made(step, agent)


def keep_free(written: Tree | None, names: Sequence[str], whose: str, reader: Reader) -> None:
    """Tell of names in `with` that a pattern gives a meaning of its own."""
    own = written.value if written is not None and isinstance(written.value, dict) else {}
    for name in names:
        if name in own:
            reader.wrong(own[name], f"'{name}' is what {whose} is given besides", "choose another name", at_name=True)


def _agents(tree: Tree, reader: Reader) -> list[Tree]:
    if not isinstance(tree.value, dict):
        return [tree] if reader.text(tree) else []
    fields = reader.fields(tree, ("agent", "times"), "who is asked", required=("agent", "times"))
    times = reader.whole(fields.get("times"), 1, least=1, most=MOST)
    return [fields["agent"]] * times if reader.text(fields.get("agent")) else []


def _voices(agents: Sequence[Tree]) -> Iterator[Voice]:
    times, seen, taken = Counter(map(_name, agents)), Counter[str](), set[str]()
    for agent in agents:
        name = _name(agent)
        seen[name] += 1
        who = re.sub(r"[^a-z0-9]", "_", name.lower())[:_LONGEST] + (f"_{seen[name]}" if times[name] > 1 else "")
        while who in taken:
            who += "_"
        taken.add(who)
        yield Voice(who=who, agent=agent, number=seen[name], times=times[name])


def _name(agent: Tree) -> str:
    return agent.value.strip() if isinstance(agent.value, str) else ""
