"""C3: a step that got an answer which was there already says so, with what that saved; so does its agent."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from orchestrator.core.agents import spec_of
from orchestrator.core.errors import RejectedForbidden, RejectedMissing
from orchestrator.core.outcomes import Ok, Usage
from orchestrator.engine.admission import Entry, through
from orchestrator.models import AgentVersion, Answer, AuditEntry, User
from orchestrator.queries.savings import saved_by_day, shelves
from orchestrator.services import answers, people, runs, tokens
from orchestrator.store.answers import Answers
from orchestrator.store.code import Code
from orchestrator.wiring import store
from tests import driven

pytestmark = pytest.mark.django_db
FLOW = "workflow: asking\nrole: Asks.\nsteps:\n  - {id: a, agent: oracle}\n"
MADE = Ok(output={"n": 42}, usage=Usage(cost_usd=Decimal("0.02"), tokens=1200))


def asked(by: User) -> str:
    """Run the workflow, its agent behind the door; return the run's id."""
    if not AgentVersion.objects.filter(name="oracle").exists():
        driven.agent("oracle")
        row = AgentVersion.objects.get(name="oracle")
        row.spec = {**row.spec, "cache_seconds": 3600.0}
        row.save()
        driven.workflow(people.shell_account(), FLOW)
    run_id = runs.start(by, "asking", {}).run_id
    (claim,) = driven.claim()
    spec = spec_of(AgentVersion.objects.get(name="oracle").spec, 1)
    door = Answers(store(), lambda lanes: None, Code([], 0.0))
    driven.carry_out(claim, through((door,), Entry(claim=claim, spec=spec, input={}), lambda: MADE))
    return run_id


def test_the_page_of_a_run_shows_whose_answer_it_got_and_what_that_saved(
    operator: User, operator_client: Client
) -> None:
    first, again = asked(operator), asked(operator)
    page = operator_client.get(f"/runs/{again}/?step=a").content.decode()
    assert f'data-saved="{first}"' in page
    assert "Saved $0.020, 1,200 tokens, " in page
    assert 'data-saved-in="1"' in page
    page = operator_client.get(f"/runs/{first}/?step=a").content.decode()
    assert "data-saved" not in page


def test_the_api_says_it_of_the_step(db: None) -> None:
    me = people.shell_account()
    first, again = asked(me), asked(me)
    _, token = tokens.create(me, me, "a script", None)
    headers = {"Authorization": f"Bearer {token}"}
    (step,) = Client(headers=headers).get(f"/api/v1/runs/{again}").json()["steps"]
    saved = step["saved"]
    assert (saved["run"], saved["step"], saved["usd"], saved["tokens"]) == (first, "a", 0.02, 1200)
    (step,) = Client(headers=headers).get(f"/api/v1/runs/{first}").json()["steps"]
    assert step["saved"] is None


def test_a_run_that_got_an_answer_has_spent_nothing(operator: User) -> None:
    first, again = (driven.finish(asked(operator), operator) for _ in range(2))
    assert (Decimal(first.cost_usd or "nan"), Decimal(again.cost_usd or "nan")) == (Decimal("0.02"), 0)
    assert (first.tokens, again.tokens) == (1200, 0)


def test_the_agents_page_and_the_shell_say_what_is_kept(operator: User, operator_client: Client) -> None:
    for _ in range(3):
        asked(operator)
    page = operator_client.get("/agents/oracle/").content.decode()
    assert 'data-kept="1" data-hits="2"' in page
    assert "of 1 attempt<" in page, "how fast and good it is comes from what it really did"
    assert "by 2 answers" in page
    (day,) = saved_by_day(operator, "oracle").values()
    assert (day.hits, day.usd, day.tokens) == (2, 0.04, 2400)
    said = StringIO()
    call_command("cache", "show", stdout=said)
    assert said.getvalue().startswith("oracle: 1 kept; given again 2 times, which saved $0.0400, 2,400 tokens and ")


def test_another_team_gets_no_answer_and_sees_no_saving(operator: User, outsider: User) -> None:
    asked(operator)
    other = asked(outsider)
    assert Answer.objects.count() == 2
    asked(operator)
    assert [one.saved.hits for one in shelves(outsider, "oracle")] == [0]
    assert [one.saved.hits for one in shelves(operator, "oracle")] == [1]
    assert not Answer.objects.filter(run_id=other).exclude(team_id=outsider.team_id).exists()


def test_whoever_may_apply_agents_drops_what_is_kept_of_their_team(operator: User, outsider: User) -> None:
    asked(operator), asked(outsider)
    with pytest.raises(RejectedForbidden):
        answers.drop(operator, "oracle")
    operator.role = "builder"
    with pytest.raises(RejectedMissing):
        answers.drop(operator, "nobody")
    assert (answers.drop(operator, "oracle"), Answer.objects.get().team_id) == (1, outsider.team_id)
    assert AuditEntry.objects.get(verb="drop_answers").data == {"count": 1}
    said = StringIO()
    call_command("cache", "drop", "oracle", stdout=said)
    assert (said.getvalue(), Answer.objects.count()) == ("oracle: 1 answer dropped\n", 0)
