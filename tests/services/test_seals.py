"""Several sweepers at once: every line of the audit trail is sealed once, and the chain is whole."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connection

from orchestrator.models import AuditEntry
from orchestrator.queries.audit import chain_findings
from orchestrator.services import audit
from orchestrator.services.seals import seal_trail
from tests import cast


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_and_a_writer_leave_one_whole_chain() -> None:
    operator = cast.person("operator")
    faults: list[BaseException] = []

    def each(what: object, times: int) -> None:
        try:
            for number in range(times):
                what(number)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - said by the test itself
            faults.append(error)
        finally:
            connection.close()

    close_old_connections()
    hands = [threading.Thread(target=each, args=(lambda n: audit.record(operator, "start", "run", n), 60))]
    hands += [threading.Thread(target=each, args=(lambda _: seal_trail(7), 30)) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)
    assert faults == []
    while seal_trail():
        pass
    assert AuditEntry.objects.filter(place__isnull=False).count() == 60
    assert list(chain_findings()) == []
