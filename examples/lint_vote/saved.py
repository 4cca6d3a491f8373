"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try lint-verdict`."""

from __future__ import annotations

from orchestrator.agents import Example

VERDICT = (
    Example(name="nothing to see", input={"findings": 0}, expect=("output.verdict == 'clean'",)),
    Example(name="one finding", input={"findings": 1}, expect=("output.verdict == 'look'",)),
)
TABLE = (
    Example(
        name="disputed ones first",
        input={
            "packages": [{"name": "a", "files": []}, {"name": "b", "files": []}],
            "votes": [
                {"value": "clean", "dissent": []},
                {"value": "look", "dissent": [{"who": "ruff", "value": "clean"}]},
            ],
        },
        expect=("output[0].package == 'b'", "output[0].dissent == 'ruff says clean'", "output[1].dissent == ''"),
    ),
)
