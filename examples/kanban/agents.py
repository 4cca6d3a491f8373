"""The agent that triages tickets; its rules are in `rules`."""

from __future__ import annotations

from examples.kanban.rules import Ticket, triaged
from orchestrator import agents


@agents.agent(
    role="Says which queue a ticket belongs in and how urgent it is, and why.", capabilities=["triage"], inline=True
)
def triage(subject: str, text: str = "", guidance: str = "") -> Ticket:
    """Judge by the words of a ticket; what a person says in guidance outweighs them."""
    return triaged(subject, text, guidance)
