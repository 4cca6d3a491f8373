"""An agent that is at work until a test says go, so that what a browser shows meanwhile is no matter of luck."""

from __future__ import annotations

import time

from orchestrator import agents


@agents.agent(role="Is at work until somebody says go.", timeout="5m")
def hold(word: str, ctx: agents.Context) -> dict[str, str]:
    """Wait for a file named after the word."""
    while not (ctx.data_dir / "said" / word).exists():
        time.sleep(0.02)
    return {"heard": word}


@agents.agent(role="Speaks until somebody says a word.", timeout="5m")
def speak(word: str, ctx: agents.Context) -> dict[str, str]:
    """Stream two lines, then wait for a file named after the word."""
    ctx.emit("first line\n")
    ctx.progress(0.5, "half of it")
    ctx.emit("second line\n")
    while not (ctx.data_dir / "said" / word).exists():
        time.sleep(0.02)
    return {"text": "the end"}


@agents.agent(role="Stumbles at its first try.", inline=True)
def stumble(ctx: agents.Context) -> dict[str, int]:
    """Fail once."""
    if ctx.attempt == 1:
        raise RuntimeError("it stumbled")
    return {"attempt": ctx.attempt}
