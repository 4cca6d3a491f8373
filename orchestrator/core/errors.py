"""Errors in three families by who must act: the caller (Rejected), the system later (Transient), the operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from orchestrator.core.problems import Problem


class OrchestratorError(Exception):
    """Anything Signalbox reports in words; doors turn it into a page message or problem+json."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        """Keep the sentence for people and, where there are several, each problem with its path."""
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class RejectedError(OrchestratorError):
    """What was sent does not fit; the caller mends it."""

    status = 422
    title = "Does not fit"


class RejectedForbidden(RejectedError):
    """The caller may not do this."""

    status = 403
    title = "Not allowed"


class RejectedMissing(RejectedError):
    """There is no such thing, or none the caller may see."""

    status = 404
    title = "Not found"


class RejectedConflict(RejectedError):
    """Someone was faster, or it is not legal now."""

    status = 409
    title = "Not possible now"


class TransientError(OrchestratorError):
    """It may work later; the same request with the same key can be sent again."""

    status = 503
    title = "Busy"


class DatabaseAway(TransientError):
    """The database can't be reached; the same can be sent again."""

    def __init__(self) -> None:
        """Say it in the same words everywhere."""
        super().__init__("The database can't be reached just now; send the same again.")


class BrokenError(OrchestratorError):
    """An operator must look."""

    status = 500
    title = "Broken"
