"""Budgets through the real worker, against a server that counts: what begins, what settles, what is kept (C1, S20)."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self

import pytest
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Usage
from orchestrator.core.status import RUN_ENDED
from orchestrator.engine.worker import Worker
from orchestrator.models import AgentVersion, Attempt, Budget, Reservation, Run, Spend, Step, User
from orchestrator.runtimes.port import Call, Control, Job, OverBudget
from orchestrator.runtimes.scripted import ScriptedRuntime
from orchestrator.services import agents, people, runs, workflows
from orchestrator.services import work as work_elsewhere
from orchestrator.services.work import Asking
from orchestrator.store.spend_check import checked
from orchestrator.store.tx import sql_of
from tests import cast
from tests.conftest import poll

MANY = """
workflow: {name}
{budget}
input: {{type: object, properties: {{list: {{type: array}}, url: {{type: string}}}}}}
steps:
  - id: each
    map: {{over: input.list, as: n, agent: {agent}, with: {{n: n, url: input.url}}, tolerate: {tolerate}}}
"""


class Server:
    """Answers every request with its number, and notes when it came. What is held waits until it is let go."""

    def __init__(self) -> None:
        self.came: list[float] = []
        self.let_go = Event()
        self._lock = Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None: ...

            def do_GET(self) -> None:
                with outer._lock:
                    outer.came.append(time.time())
                if self.path == "/held":
                    outer.let_go.wait(20)
                body = b'{"ok": true}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._listener.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.let_go.set()
        self._listener.shutdown()
        self._listener.server_close()


def fetch(n: int, url: str) -> dict[str, Json]:
    """Do the work of an agent that nobody meters."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        answer.read()
    return {"n": n}


class Metered(ScriptedRuntime):
    """Stands for a runtime that meters: one call, estimated and used as its input says."""

    name = "llm"
    others = Event()
    """Set once others are in flight, for those that are to come after them."""

    def check(self, settings: dict[str, Json]) -> tuple[()]:
        return ()

    def run(self, job: Job, control: Control) -> Outcome:
        given = job.input
        assert "estimate" not in given or self.others.wait(10)
        try:
            id_ = control.reserve(Usage(cost_usd=Decimal(str(given.get("estimate", "0.05"))), tokens=100))
        except OverBudget as refused:
            return Failed(kind=Failure.OVER_BUDGET, reason=str(refused))
        fetch(0, str(given["url"]))
        used = Usage(cost_usd=Decimal("0.01"), tokens=30)
        control.settle(id_, used, Call(provider="openai", model="m", tokens_in=20, tokens_out=10, seconds=0.01))
        return Ok(output={"done": True}, usage=used)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as listening:
        yield listening


@pytest.fixture
def operator(transactional_db: None, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setitem(wiring.runtimes()._by_name, "llm", Metered())
    return cast.person("operator")


def agent(name: str, runtime: str = "callable", target: str = f"{__name__}:fetch", **more: Any) -> str:
    settings: dict[str, Json] = {"target": target, "inline": True} if runtime == "callable" else {}
    spec = AgentSpec(name=name, role="Is tried.", runtime=runtime, settings=settings, lane=Lane.QUICK, **more)
    with transaction.atomic():
        agents.keep(people.shell_account(), spec)
    return name


def begin(by: User, text: str, given: Json) -> str:
    return runs.start(by, workflows.apply(people.shell_account(), text).version.name, given).run_id


def work(run_id: str, slots: int = 16, slow: int = 1, meanwhile: Callable[[], None] = lambda: None) -> Run:
    """Let a worker do all there is to do until the run has ended."""
    worker = Worker(wiring.driver(), wiring.perform, {Lane.QUICK: slots, Lane.SLOW: slow}, lambda claim: True)

    def turns(lane: Lane) -> None:
        try:
            until = time.monotonic() + 60
            while Run.objects.get(pk=run_id).status not in RUN_ENDED and time.monotonic() < until:
                worker.turn(lane)
                time.sleep(0.05)
        finally:
            wiring.store().close()

    with ThreadPoolExecutor(slots + slow) as pool:
        ending = [pool.submit(turns, lane) for lane in [Lane.QUICK] * slots + [Lane.SLOW] * slow]
        meanwhile()
        for one in ending:
            one.result()
    worker.stop()
    run = Run.objects.get(pk=run_id)
    assert run.status in RUN_ENDED, run.reason
    return run


def settled(server: Server) -> None:
    """Check that the book says what the server says, and that nothing is left open."""
    assert Spend.objects.count() == sum(Spend.objects.values_list("calls", flat=True)) == len(server.came)
    assert not Spend.objects.filter(is_estimate=True).exists()
    assert not Reservation.objects.exists()
    assert checked(wiring.store()) == []


@pytest.mark.parametrize("tolerate", [0, 150])
def test_of_two_hundred_calls_at_once_fifty_are_made_and_the_rest_fail_with_the_budgets_name(
    operator: User, server: Server, tolerate: int
) -> None:
    """C1, S20: at most 50 are made, none after the breach; what was done before is kept."""
    name = agent(f"fetcher-{tolerate}")
    text = MANY.format(name="many", budget="budget: {calls: 50}", agent=name, tolerate=tolerate)
    run = work(begin(operator, text, {"list": list(range(200)), "url": server.url}))
    assert len(server.came) == 50
    failed = Step.objects.filter(run_id=run.id, path__startswith="each[", status="failed")
    assert {(one.failure, "The run budget does not hold this call" in one.reason) for one in failed} == {
        ("over_budget", True)
    }
    first = min(Attempt.objects.filter(run_id=run.id, failure="over_budget").values_list("ended_at", flat=True))
    assert max(server.came) <= first.timestamp()
    kept = Step.objects.filter(run_id=run.id, path__startswith="each[", status="succeeded")
    assert kept.count() == 50
    assert all(one.output["n"] in range(200) for one in kept)
    root = Step.objects.get(run_id=run.id, path="")
    if tolerate:
        assert (run.status, failed.count()) == ("succeeded", 150)
        assert sum(one is not None for one in root.output) == 50
        assert "each: 150 of 200 items" in root.degraded
    else:
        assert (run.status, root.failure) == ("failed", "over_budget")
        assert "The run budget does not hold this call" in run.reason
    settled(server)


def test_the_budget_of_an_agents_day_and_of_a_day_stop_calls_alike(
    operator: User, server: Server, settings: Any
) -> None:
    """C1."""
    limited, free = agent("limited", budget={"day": {"calls": 5}}), agent("unlimited")
    given: Json = {"list": list(range(20)), "url": server.url}
    for number, (name, words) in enumerate(((limited, "day budget of agent 'limited'"), (free, "The day budget"))):
        run = work(begin(operator, MANY.format(name=f"d{number}", budget="", agent=name, tolerate=0), given))
        assert (run.status, len(server.came)) == ("failed", 5 + number * 4)
        assert words in run.reason
        settings.BUDGET_DAY = {"calls": Decimal(9)}
    settled(server)


def test_metered_calls_spend_what_they_took_and_never_more_than_the_budget(operator: User, server: Server) -> None:
    """C1: held at what they may take, settled at what they did, so more of them fit than their estimates would."""
    name = agent("metered", "llm")
    text = MANY.format(name="money", budget="budget: {usd: 0.3}", agent=name, tolerate=0)
    run = work(begin(operator, text, {"list": list(range(60)), "url": server.url}), slots=8)
    assert (run.status, Step.objects.get(run_id=run.id, path="").failure) == ("failed", "over_budget")
    budget = Budget.objects.get(key=f"run:{run.id}")
    # A call is held at 0.05 and takes 0.01: the 27th is the first that would not fit whatever comes back.
    assert (budget.usd, budget.calls, len(server.came)) == (260_000_000, 26, 26)
    assert sum(Decimal(str(one)) for one in Spend.objects.values_list("cost_usd", flat=True)) == Decimal("0.26")
    settled(server)


BRANCHES = """
workflow: branches
budget: {usd: 0.15}
input: {type: object, properties: {url: {type: string}}}
steps:
  - id: p
    parallel:
      branches:
        a: {agent: caller, with: {url: input.url}}
        b:
          sequence:
            - {id: first, agent: caller, with: {url: input.url}}
            - {id: then, agent: caller, with: {url: input.url}}
        c: {agent: caller, with: {url: input.url, estimate: "0.5"}}
"""


def test_a_breach_lets_calls_in_flight_settle_and_keeps_what_they_made(operator: User, server: Server) -> None:
    """S20: no new call begins, calls in flight settle, the partial result is kept."""
    agent("caller", "llm")
    Metered.others.clear()
    run_id = begin(operator, BRANCHES, {"url": f"{server.url}/held"})

    def breach() -> None:
        poll(lambda: len(server.came) == 2, "two calls are in flight")
        Metered.others.set()
        poll(lambda: Step.objects.filter(run_id=run_id, path="p/c", status="failed").exists(), "the third is refused")
        assert Run.objects.get(pk=run_id).status not in RUN_ENDED
        server.let_go.set()

    run = work(run_id, slots=4, meanwhile=breach)
    found = dict(Step.objects.filter(run_id=run_id).values_list("path", "status"))
    assert (found["p/a"], found["p/b/first"], found["p/b/then"]) == ("succeeded", "succeeded", "failed")
    assert (run.status, len(server.came)) == ("failed", 2)
    assert "The run budget does not hold this call of agent 'caller'" in run.reason
    assert run.cost_usd == "0.02"
    settled(server)


def test_work_done_elsewhere_counts_as_a_call_with_what_it_reports(operator: User) -> None:
    """C1: a lease passes the budget like a claim of our own workers."""
    agent("far", "remote")
    AgentVersion.objects.update(spec=AgentVersion.objects.get(name="far").spec | {"lane": "remote"})
    text = MANY.format(name="elsewhere", budget="budget: {calls: 1}", agent="far", tolerate=1)
    run_id = begin(operator, text, {"list": [1, 2], "url": ""})
    held = work_elsewhere.lease(operator, Asking(agents=["far"], worker="far", asking="asked0001"))
    assert held is not None
    assert work_elsewhere.lease(operator, Asking(agents=["far"], worker="far", asking="asked0002")) is None
    usage = Usage(cost_usd=Decimal("0.5"), tokens=7)
    work_elsewhere.report(operator, held.token, Ok(output={}, usage=usage))
    budget = Budget.objects.get(key=f"run:{run_id}")
    assert (budget.calls, budget.usd, budget.tokens, budget.calls_held) == (1, 500_000_000, 7, 0)
    wiring.store().transact(lambda tx: sql_of(tx).run("UPDATE orchestrator_queue SET ready_at = 0", []))
    assert work_elsewhere.lease(operator, Asking(agents=["far"], worker="far", asking="asked0003")) is None
    assert Step.objects.get(run_id=run_id, status="failed").failure == "over_budget"
    assert checked(wiring.store()) == []
