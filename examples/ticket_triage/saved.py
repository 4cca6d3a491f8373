"""What the agents beside it can be tried on, each with what is expected: `python3 manage.py try ticket-search`."""

from __future__ import annotations

from orchestrator.agents import Example

HIT = {"file": "install.md", "text": "Open the page.", "words": ["page"]}
SEARCH = (
    Example(
        name="what the documentation says",
        input={"subject": "install on a server", "round": 2},
        expect=("size(output.hits) > 0", "output.needed >= 1"),
    ),
)
ANSWER = (
    Example(
        name="quoted",
        input={"subject": "Which page?", "urgency": "now", "hits": [HIT]},
        expect=("output.queue == 'answered'", "output.due == 'at once'", "output.reply.contains('> Open the page.')"),
    ),
    Example(
        name="nothing found",
        input={"subject": "Which page?", "urgency": "later", "hits": []},
        expect=("output.queue == 'question'", "output.due == 'this week'"),
    ),
)
HAND_OVER = (
    Example(
        name="says who and why",
        input={"subject": "Down", "queue": "outage", "urgency": "now", "reasons": ["it is down", "for all"]},
        expect=("output.queue == 'outage'", "output.reply == 'it is down; for all'"),
    ),
)
LIST = (
    Example(
        name="at once on top",
        input={"answers": [{"subject": due, "queue": "q", "due": due, "reply": ""} for due in ("today", "at once")]},
        expect=("output[0].due == 'at once'", "size(output) == 2"),
    ),
)
