"""Topic `shell`: tells pages that counts may have changed. What they are for a person, each page asks for itself."""

from __future__ import annotations

from dashboard.live.frames import Fragment, Frame, now
from orchestrator.core.status import RUN_LIVE, GateStatus
from orchestrator.models import User
from orchestrator.queries.gates import visible_gates
from orchestrator.queries.runs import visible_runs


def live(viewer: User, key: str, after: int) -> Frame:
    """Return a fragment no page shows: its hash changes with the counts."""
    moment = now()
    flying = visible_runs(viewer).filter(status__in=RUN_LIVE).count()
    gates = list(visible_gates(viewer).filter(status=GateStatus.OPEN).values_list("id", "digest"))
    return Frame(n=moment, fragments=(Fragment(id="shell", html=f"{flying} {gates}"),))
