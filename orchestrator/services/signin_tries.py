"""Slows down whoever guesses passwords. Counted for an account, for an address, and for both together.

Nobody is locked out for good: after too many tries there is one a minute, and a one-time link always works.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from orchestrator.models import SignInTry

WINDOW = timedelta(minutes=15)
"""How long a failed try counts."""
PAUSE = timedelta(seconds=60)
"""Between two tries once there were too many."""
MOST_TOGETHER, MOST = 5, 30
"""Tries within the window for one account from one address; for one account, or from one address."""


def admit(account: str, address: str) -> int:
    """Count a try and return 0; or return the seconds to wait, when it has come too soon and does not count."""
    now = timezone.now()
    SignInTry.objects.filter(at__lt=now - WINDOW).delete()
    # Counted before the password is looked at: many tries at once do not all pass before the first has failed.
    mine = SignInTry.objects.create(account=_hidden(account), address=address[:45])
    others = SignInTry.objects.exclude(pk=mine.pk)
    of_account, of_address = others.filter(account=mine.account), others.filter(address=mine.address)
    both = of_account.filter(address=mine.address)
    wait = max(_wait(both, MOST_TOGETHER, now), _wait(of_account, MOST, now), _wait(of_address, MOST, now))
    if wait:
        mine.delete()
    return wait


def forget(account: str, address: str) -> None:
    """Take back the tries of whoever has signed in."""
    SignInTry.objects.filter(account=_hidden(account), address=address[:45]).delete()


def _wait(tries: QuerySet[SignInTry], most: int, now: datetime) -> int:
    times = list(tries.order_by("-at").values_list("at", flat=True)[:most])
    if len(times) < most:
        return 0
    return max(0, round((times[0] + PAUSE - now).total_seconds()))


def _hidden(account: str) -> str:
    return hashlib.sha256(account.strip().lower().encode(errors="replace")).hexdigest()
