"""Agents that draft, propose, vote, share a board and hand work over, the same each time."""

from __future__ import annotations

import time

from orchestrator import agents

LINES = ["The trains run late,", "the signals glow,", "nobody knows,", "which way they go."]


@agents.agent(role="Drafts a verse, a line more each time, and says how good it is.", timeout="10m")
def drafter(round: int, ctx: agents.Context) -> dict[str, object]:
    """Draft; the third time only once somebody says so."""
    while round > 2 and not (ctx.data_dir / "said" / "draft").exists():
        time.sleep(0.1)
    text = "\n".join(LINES[: round + 1] if round != 2 else ["The trains run <b>late</b>,", *LINES[1:2]])
    return {"text": text, "score": (4.5, 3.25, 9.0)[round - 1], "advice": f"line {round} is weak: say what glows"}


@agents.agent(role="Proposes a name boldly.")
def bold(task: str) -> dict[str, object]:
    """Propose."""
    return {"name": "Thunderline", "because": f"{task}: it must be heard over the engine"}


@agents.agent(role="Proposes a name modestly.")
def modest(task: str) -> dict[str, object]:
    """Propose."""
    return {"name": "Lamplight", "because": "small things show the way"}


@agents.agent(role="Has no idea.")
def empty(task: str) -> dict[str, object]:
    """Fail."""
    raise LookupError("no name comes to mind")


@agents.agent(role="Judges names by length and sound.")
def name_critic(task: str, candidates: list[dict[str, object]], problems: str = "") -> dict[str, object]:
    """Choose the shorter one."""
    return {"chosen": "modest", "scores": {"bold": 6.5, "modest": 8.0},
            "reasons": {"bold": "too loud for a signal", "modest": "short, and true of what it does"}}  # fmt: skip


@agents.agent(role="Reads a vendor's contract.")
def lawyer(vendor: str) -> dict[str, object]:
    """Say yes."""
    return {"verdict": "yes", "risk": 2, "city": "Oslo", "why": "liability is capped at twelve months of fees"}


@agents.agent(role="Reads a vendor's figures.")
def banker(vendor: str) -> dict[str, object]:
    """Say no."""
    return {"verdict": "no", "risk": 4, "city": "Bergen", "why": "it lives on one customer"}


@agents.agent(role="Reads what others say of a vendor.")
def scout(vendor: str) -> dict[str, object]:
    """Say yes."""
    return {"verdict": "yes", "risk": 2, "city": "Oslo", "why": "nobody complains"}


@agents.agent(role="Collects facts.")
def collector(facts: list[str]) -> dict[str, object]:
    """Add a fact, quickly."""
    time.sleep(0.2)
    return {"facts": [*facts[:1], f"{len(facts)} sources agree"] if len(facts) < 2 else facts, "risk": 2}


@agents.agent(role="Weighs facts.")
def weigher(facts: list[str]) -> dict[str, object]:
    """Weigh them, slowly: the first time somebody else is faster."""
    time.sleep(1.2)
    return {"risk": 2 + len(facts)}


@agents.agent(role="Writes an answer in haste.")
def hasty(question: str) -> dict[str, object]:
    """Write too little."""
    return {"text": "42"}


@agents.agent(role="Writes an answer with care.")
def careful(question: str) -> dict[str, object]:
    """Write enough."""
    return {"text": f"On {question}: it depends on the signal, and the signal is green."}


@agents.agent(role="Judges a vendor by its contract.")
def advocate(vendor: str, own: object = None, others: object = None, round: int = 0) -> dict[str, object]:
    """Stay with it."""
    return {"verdict": "approve", "why": "liability is capped"}


@agents.agent(role="Judges a vendor by its figures.")
def accountant(vendor: str, own: object = None, others: object = None, round: int = 0) -> dict[str, object]:
    """Stay with it."""
    return {"verdict": "reject", "why": "it lives on one customer, and that one is leaving"}


@agents.agent(role="Judges a vendor by what others say.")
def listener(vendor: str, own: object = None, others: object = None, round: int = 0) -> dict[str, object]:
    """Be convinced by the others."""
    return {"verdict": "approve" if round else "reject", "why": f"after {round} rounds"}


@agents.agent(role="Plans what is counted and told.")
def planner(goal: str, agents: object, problems: str = "") -> dict[str, object]:
    """Forget something in the first plan."""
    tell = {"id": "tell", "agent": "teller", "input": {"n": {"from": "count.n"}}, "needs": ["count"]}
    count = {"id": "count", "agent": "counter", "input": {"text": goal}, "done_when": ["output.n > 0"],
             "fallback": ["counter-2"]}  # fmt: skip
    return {"tasks": [count, tell] if problems else [tell], "output": "tell"}


@agents.agent(role="Counts words.")
def counter(text: str) -> dict[str, int]:
    """Count."""
    return {"n": len(text.split())}


@agents.agent(role="Counts words as well.")
def counter_2(text: str) -> dict[str, int]:
    """Count."""
    return {"n": len(text.split())}


@agents.agent(role="Tells a number.")
def teller(n: int) -> dict[str, str]:
    """Tell."""
    return {"text": f"{n} words"}


@agents.agent(role="Buys.")
def buyer(inbox: list[dict[str, object]]) -> dict[str, object]:
    """Ask for a price, then take it."""
    if inbox[-1]["from"] == "seller":
        return {"send": [], "answer": "nine a piece", "done": True}
    return {"send": [{"to": "seller", "text": "What would ten of them cost, if we took them on Friday?"}]}


@agents.agent(role="Sells.")
def seller(inbox: list[dict[str, object]]) -> dict[str, object]:
    """Name a price."""
    return {"send": [{"to": "buyer", "text": "Nine a piece.", "re": inbox[-1]["id"]}], "answer": "nine a piece"}
