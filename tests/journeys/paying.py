"""An agent with a risky tool, and others that go past what they may do. Each act leaves a line with its process."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator import agents


def _note(out: str, line: str) -> None:
    with Path(out).open("a") as file:
        file.write(f"{line} {os.getppid()}\n")


def pay(to: str, amount: int, out: str) -> dict[str, object]:
    """Pay somebody."""
    _note(out, f"paid {to} {amount}")
    return {"paid": amount, "to": to}


def tell(to: str, out: str) -> str:
    """Tell somebody something."""
    _note(out, f"told {to}")
    return "told"


PAY = agents.Tool(python="tests.journeys.paying:pay", risky=True)
TELL = agents.Tool(python="tests.journeys.paying:tell", most=2)


@agents.agent(role="Pays once somebody has approved it.", tools=[PAY], actions=3)
def payer(to: str, amount: int, out: str, ctx: agents.Context) -> dict[str, object]:
    """Say which worker this attempt belongs to, pay, and say so."""
    _note(out + ".attempts", f"attempt {ctx.attempt}")
    try:
        return {"done": ctx.use("pay", to=to, amount=amount, out=out)}
    except agents.Rejected as no:
        return {"done": None, "why": str(no)}


@agents.agent(role="Pays, and does not expect a no.", tools=[PAY])
def strict_payer(to: str, amount: int, out: str, ctx: agents.Context) -> dict[str, object]:
    """Pay or fail."""
    return {"done": ctx.use("pay", to=to, amount=amount, out=out)}


@agents.agent(role="Calls a tool that it was not given.", tools=[TELL])
def overreaching(out: str, ctx: agents.Context) -> object:
    """Try to pay with a tool that is not on the list."""
    return ctx.use("pay", to="ash", amount=5, out=out)


@agents.agent(role="Calls a tool once too often.", tools=[TELL], actions=2)
def talks_too_much(out: str, ctx: agents.Context) -> object:
    """Tell three people where two are allowed."""
    return [ctx.use("tell", to=name, out=out) for name in ("ash", "birch", "elm")]


@agents.agent(role="Has somebody else pay.", tools=[agents.Tool(agent="payer", most=1)])
def delegates(out: str, ctx: agents.Context) -> dict[str, object]:
    """Say what the other agent does not take, then what it takes."""
    try:
        ctx.use("payer", to="ash", amount="much", out=out)
    except agents.Unfit as words:
        return {"words": str(words), "done": ctx.use("payer", to="ash", amount=5, out=out)}
    return {}


@agents.agent(role="Asks a person when it must not decide itself.", calls=[])
def careful(out: str, ctx: agents.Context) -> dict[str, object]:
    """Escalate, and go on with the answer (A1)."""
    return {"answer": ctx.ask("Pay ash or birch?", ["ash", "birch"])}
