"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try glossary-stems`."""

from __future__ import annotations

from orchestrator.agents import Example

TOKENS = {"run": 3, "runs": 9, "agent": 5}
TERMS = [{"term": "runs", "forms": ["runs", "run"], "count": 12}, {"term": "agent", "forms": ["agent"], "count": 5}]
COUNT = (Example(name="the documentation", input={"folder": ""}, expect=("output.tokens.agent > 10",)),)
STEMS = (Example(name="one and many", input={"tokens": TOKENS}, expect=("output.stems.run == ['runs', 'run']",)),)
CHOOSE = (
    Example(
        name="said most in all forms",
        input={"tokens": TOKENS, "stems": {"run": ["runs", "run"], "agent": ["agent"]}, "most": 1},
        expect=("size(output.terms) == 1", "output.terms[0].count == 12"),
    ),
)
CHECK = (
    Example(
        name="too short, and a good one",
        input={
            "definitions": {
                "agent": {"text": "somebody who does a step of the work", "where": "a.md", "how": "prose"},
                "run": {"text": "a thing", "where": "b.md", "how": "table"},
            }
        },
        expect=("output.checked[0].fault == ''", "output.checked[1].fault == '2 words'"),
    ),
)
LIST = (
    Example(
        name="one is explained",
        input={
            "terms": TERMS,
            "checked": [
                {"term": "agent", "meaning": "somebody who works", "where": "a.md", "fault": ""},
                {"term": "runs", "meaning": "a thing", "where": "b.md", "fault": "2 words"},
            ],
        },
        expect=("output.summary == '1 of 2 terms are explained.'", "output.unexplained == ['runs']"),
    ),
)
