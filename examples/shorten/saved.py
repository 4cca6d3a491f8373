"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try shorten-judge`."""

from __future__ import annotations

from orchestrator.agents import Example

TEXT = ["Agents work step by step.", "Every step has a log.", "A log is read by people."]
SHORT = {"words": 5, "must": ["log", "step", "people"]}
PLAN = (
    Example(
        name="never less than twenty words",
        input={"sentences": TEXT, "percent": 50},
        expect=("output.words == 20", "'step' in output.must", "'log' in output.must"),
    ),
)
WRITE = (
    Example(
        name="the first draft begins as the text does",
        input={"sentences": TEXT, "plan": SHORT},
        expect=("size(output.sentences) == 1",),
    ),
    Example(
        name="the next one says what was missing",
        input={
            "sentences": TEXT,
            "plan": SHORT,
            "feedback": "log",
            "last": {"value": {"sentences": TEXT[:1]}, "score": 0.1},
        },
        expect=("size(output.sentences) == 1", "output.sentences[0].contains('log')"),
    ),
)
JUDGE = (
    Example(
        name="what is missing",
        input={"sentences": TEXT, "value": {"sentences": TEXT[1:2]}, "plan": SHORT},
        expect=("output.feedback == 'people'", "output.score > 0.0 && output.score < 1.0"),
    ),
    Example(
        name="all of it",
        input={"sentences": TEXT, "value": {"sentences": TEXT}, "plan": SHORT},
        expect=("output.feedback == ''", "output.score == 1.0"),
    ),
)
