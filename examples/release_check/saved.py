"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try release-verdict`."""

from __future__ import annotations

from orchestrator.agents import Example

NOTHING = {"checked": 2, "blockers": [], "notes": []}
LINT = {"code": "F401", "filename": "/x/a.py", "message": "unused", "location": {"row": 3}}
WEIGH = (
    Example(
        name="what fails and what is untidy",
        input={
            "packages": [{"name": "a", "files": ["a.py", "b.py"]}],
            "scans": [
                {
                    "ruff": {"result": [LINT, {**LINT, "code": "W291"}]},
                    "radon": {"result": {"a.py": [{"rank": "F", "name": "knot", "lineno": 9}]}},
                }
            ],
        },
        expect=(
            "output.checked == 2",
            "output.blockers == ['a.py:3: unused (F401)', 'a.py:9: knot (F)']",
            "size(output.notes) == 1",
        ),
    ),
)
VERDICT = (
    Example(
        name="nothing blocks",
        input={"code": NOTHING, "docs": NOTHING},
        expect=("output.fit", "output.summary.startsWith('Fit for release: 2 files and 2 links')"),
    ),
    Example(
        name="a dead link blocks",
        input={"code": NOTHING, "docs": {**NOTHING, "blockers": ["a.md: nowhere"]}},
        expect=("!output.fit", "output.blockers == ['a.md: nowhere']"),
    ),
)
