"""How a conversation with a model may come to nothing, as exceptions of ours. What a provider raises is put so in
`errors.py`."""

from __future__ import annotations

from orchestrator.core.outcomes import Failure, Json


class Trouble(Exception):
    """The attempt fails; `kind` says how the engine goes on."""

    def __init__(
        self, kind: Failure, reason: str, detail: str = "", *, retry_after_seconds: float | None = None
    ) -> None:
        """Say what went wrong in one sentence, with evidence, and how long the provider asked to be left alone."""
        super().__init__(reason)
        self.kind, self.reason, self.detail = kind, reason, detail
        self.retry_after_seconds = retry_after_seconds


class Stopped(Exception):
    """Nobody wants the answer any more."""


class Asks(Exception):
    """The attempt ends here: persons or other agents have to answer first."""

    def __init__(self, requests: list[dict[str, Json]]) -> None:
        """Say what is asked for."""
        super().__init__(", ".join(str(one.get("key")) for one in requests))
        self.requests = requests
