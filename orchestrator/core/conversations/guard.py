"""What stops a conversation that would go on for ever: limits, and two who go in circles (S19)."""

from __future__ import annotations

from orchestrator.core.conversations.definition import Converse
from orchestrator.core.conversations.memory import Memory


def beyond(node: Converse, memory: Memory) -> tuple[str, str] | None:
    """Return why it must stop, and the evidence; None while it may go on."""
    for name, pair in memory.pairs.items():
        one, other = name.split("|")
        if min(pair.again.get(one, 0), pair.again.get(other, 0)) >= node.repeats:
            said = " and ".join(_latest(pair.said.get(each), each) for each in (one, other))
            return "circles", f"{one} and {other} go in circles: {said}"
    if memory.counted > node.messages:
        busiest = max(memory.pairs.items(), key=lambda item: item[1].messages, default=None)
        most = f"; most of them between {' and '.join(busiest[0].split('|'))}: {busiest[1].messages}" if busiest else ""
        return "messages", f"more than the {node.messages} messages that may be sent{most}"
    return None


def tired(node: Converse, memory: Memory) -> str:
    """Say who has mail but no turn left; empty when nobody has."""
    names = [one.name for one in node.peers if memory.box(one.name).inbox and is_tired(node, memory, one.name)]
    boxes = [memory.box(name) for name in names]
    return "; ".join(
        f"{name} has taken its {_turns(box.counted)}, with {len(box.inbox)} more to read"
        for name, box in zip(names, boxes, strict=True)
    )


def _turns(count: int) -> str:
    return "only turn" if count == 1 else f"{count} turns"


def is_tired(node: Converse, memory: Memory, name: str) -> bool:
    """Tell whether a peer has no turn left."""
    return memory.box(name).counted >= node.turns


def _latest(said: object, name: str) -> str:
    texts = list(said.values()) if isinstance(said, dict) else []
    last = texts[-1] if texts else {}
    return f"{name} said '{str(last.get('text', ''))[:80]}' {last.get('times', 0)} times"
