"""Facts about one step, as they are kept, up to the moment at which its run is shown."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from orchestrator.models import Event, Run


def heard(run: Run, path: str, types: Sequence[str], most: int, *, below: bool = False) -> list[Event]:
    """Return the last `most` facts of these types about a step, with `below` also about those inside it, in order."""
    rows = Event.objects.filter(run_id=run.id, n__lte=run.n, type__in=types)
    where = Q(path=path)
    if below:
        where |= Q(path__startswith=f"{path}/") | Q(path__startswith=f"{path}[")
    return list(rows.filter(where).order_by("-n")[:most])[::-1]
