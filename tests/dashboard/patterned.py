"""What tests of pattern views share: asking for a view, starting a run, letting agents say something."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.test import Client

from orchestrator.core.outcomes import Failure, Json, Ok
from orchestrator.engine.ports import Claim
from orchestrator.models import User
from orchestrator.services import people, runs
from orchestrator.wiring import engine
from tests import driven


def view(client: Client, run_id: str, of: str = "", **asked: str) -> str:
    """Return the view of a step as the page asks for it."""
    asked = {"only": "pattern", **({"of": of} if of else {}), **asked}
    answer = client.get(f"/runs/{run_id}/parts/", asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    found = {one["id"]: one["html"] for one in json.loads(answer.content)["fragments"]}
    return str(found["run-pattern"])


def begun(operator: User, flow: str, given: Json = None) -> str:
    return runs.start(operator, driven.workflow(people.shell_account(), flow), given).run_id


def all_say(**outputs: Json) -> None:
    """Keep these agents and let them say this; a missing output fails."""
    for one in _claims():
        if one.agent in outputs and outputs[one.agent] is None:
            driven.tell(one, failure=Failure.REFUSED, reason="not today")
        else:
            driven.carry_out(one, Ok(output=outputs[one.agent]) if one.agent in outputs else None)


def _claims() -> Iterator[Claim]:
    """Claim what there is to do, until a sweep brings up nothing more."""
    is_swept = False
    while True:
        while claims := [*driven.claim(8), *driven.claim(8, driven.Lane.QUICK)]:
            yield from claims
            is_swept = False
        if is_swept:
            return
        engine().sweep()
        is_swept = True
