"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try summary-critic`."""

from __future__ import annotations

from orchestrator.agents import Example

TEXT = [
    "Signalbox runs teams of agents.", "Agents work step by step.", "Rain is wet.", "Each step of agents has a log.",
]  # fmt: skip
SOURCE = (
    Example(
        name="the documentation's first page",
        input={"file": "index.md"},
        expect=("output.name == 'index.md'", "size(output.sentences) > 0"),
    ),
)
FIRST = (
    Example(
        name="two of four",
        input={"sentences": TEXT, "size": 2},
        expect=("size(output.summary) == 2", "output.summary[0].contains('Signalbox')"),
    ),
    Example(
        name="a text that is shorter", input={"sentences": TEXT[:1], "size": 3}, expect=("size(output.summary) == 1",)
    ),
)
FREQUENCY = RANK = (
    Example(
        name="leaves out what is about something else",
        input={"sentences": TEXT, "size": 3},
        expect=("size(output.summary) == 3", "!('Rain is wet.' in output.summary)"),
    ),
)
CRITIC = (
    Example(
        name="more of the text, and one that is too long",
        input={
            "sentences": TEXT,
            "size": 1,
            "candidates": [
                {"name": "dry", "value": {"summary": TEXT[3:]}},
                {"name": "wet", "value": {"summary": TEXT[2:3]}},
                {"name": "long", "value": {"summary": TEXT}},
            ],
        },
        expect=("output.chosen == 'dry'", "output.scores.wet < output.scores.dry", "output.scores.long == 0.0"),
    ),
)
