"""The agent that triages tickets; its rules are in `rules`."""

from __future__ import annotations

from examples.kanban.rules import Ticket, triaged
from orchestrator import agents

EXAMPLES = (
    agents.Example(
        name="charged twice",
        input={"subject": "Charged twice", "text": "My invoice shows two payments. Please refund one of them today."},
        expect=("output.queue == 'billing'", "output.urgency == 'soon'", "size(output.reasons) == 2"),
    ),
    agents.Example(
        name="a person knows better",
        input={"subject": "Charged twice", "guidance": "This is a bug, and not urgent: later."},
        expect=("output.queue == 'bug'",),
    ),
)


@agents.agent(
    role="Says which queue a ticket belongs in and how urgent it is, and why.",
    owner="signalbox",
    examples=EXAMPLES,
    capabilities=["triage"],
    inline=True,
)
def triage(subject: str, text: str = "", guidance: str = "") -> Ticket:
    """Judge by the words of a ticket; what a person says in guidance outweighs them."""
    return triaged(subject, text, guidance)
