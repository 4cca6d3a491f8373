"""Agents that look things up and count how often; their children import this."""

from __future__ import annotations

import os

from orchestrator import agents as public


def look_up(item: str, to: str) -> str:
    """Look something up; every look is a line in a file."""
    file = os.open(to, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(file, f"{item}\n".encode())
    os.close(file)
    return item.upper()


def asks(file: str, ctx: public.Context) -> dict[str, object]:
    """Do what the agents do."""
    return {"found": ctx.use("look_up", item="tea", to=file)}
