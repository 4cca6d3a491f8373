"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try sort-by-name`."""

from __future__ import annotations

from orchestrator.agents import Example

TABLE = "\n".join("| a setting | its default |" for _ in range(12))
NAME = (
    Example(name="a tutorial", input={"name": "tutorial.md", "text": ""}, expect=("output.kind == 'how-to'",)),
    Example(
        name="a number and words", input={"name": "0007-why.md", "text": ""}, expect=("output.kind == 'decision'",)
    ),
    Example(
        name="a name that says nothing",
        input={"name": "x.md", "text": ""},
        expect=("output.kind == ''", "output.sure == 0.0"),
    ),
)
WORDS = (
    Example(
        name="words of a decision",
        input={
            "name": "x.md",
            "text": "We decided so because it was considered. Therefore alternatives were rejected "
            "instead, and the consequence is a cost.",
        },
        expect=("output.kind == 'decision'", "output.sure > 0.5"),
    ),
    Example(name="too few", input={"name": "x.md", "text": "Hello."}, expect=("output.kind == ''",)),
)
SHAPE = (
    Example(name="a table", input={"name": "x.md", "text": TABLE}, expect=("output.kind == 'reference'",)),
    Example(name="too short", input={"name": "x.md", "text": "One line."}, expect=("output.kind == ''",)),
)
SHELVES = (
    Example(
        name="the fullest first",
        input={
            "texts": [{"name": name, "text": ""} for name in ("a", "b", "c")],
            "kinds": [{"kind": kind, "sure": 1, "why": "so"} for kind in ("how-to", "other", "other")],
        },
        expect=("output.summary == '2 other, 1 how-to'", "output.shelves[0].texts == ['b', 'c']"),
    ),
)
