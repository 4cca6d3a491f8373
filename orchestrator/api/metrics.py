"""`/metrics` for Prometheus: what the database holds, counted when it is asked for, and how this web process answers.

The only module that knows the Prometheus client. The counts are the same from every process; the times are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from orchestrator.api.problems import answer
from orchestrator.queries.metrics import Metrics, Waiting, metrics
from orchestrator.queries.savings import Saved
from orchestrator.services import tokens

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
disable_created_metrics()
OWN = CollectorRegistry()
"""What only this process knows."""
ProcessCollector(registry=OWN)
REQUESTS = Histogram(
    "signalbox_request_seconds", "Time this web process took to answer.", ("method", "route", "status"),
    buckets=BUCKETS, registry=OWN,
)  # fmt: skip


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request; `route` is a pattern, so that there are only so many."""
    REQUESTS.labels(method if method in METHODS else "other", route, f"{status // 100}xx").observe(seconds)


class Counted(Collector):
    """What the database holds, as Prometheus words it."""

    def __init__(self, found: Metrics) -> None:
        """Take what was counted."""
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """Yield every figure."""
        found = self._found
        yield by("signalbox_runs", "Runs by status.", "status", found.runs)
        yield by("signalbox_slots_used", "Attempts at work, by lane.", "lane", found.used)
        yield by("signalbox_queue_waiting", "Attempts that wait for a slot.", "lane", counts(found.queue))
        yield by("signalbox_queue_oldest_seconds", "Age of the first that waits.", "lane", ages(found.queue))
        ended = CounterMetricFamily("signalbox_attempts", "Attempts by how they ended.", labels=["status"])
        for status, count in found.attempts.items():
            ended.add_metric([status], count)
        yield ended
        yield GaugeMetricFamily("signalbox_workers", "Workers that show signs of life.", found.workers)
        yield GaugeMetricFamily("signalbox_slots", "Slots of these workers.", found.slots)
        yield GaugeMetricFamily("signalbox_approvals_open", "Approvals that wait.", found.approvals.count)
        yield GaugeMetricFamily(
            "signalbox_approvals_oldest_seconds", "Age of the first that waits.", found.approvals.oldest_seconds
        )
        yield GaugeMetricFamily("signalbox_timers_late", "Timers that are due.", found.timers.count)
        yield GaugeMetricFamily(
            "signalbox_timers_oldest_seconds", "How long the first has been due.", found.timers.oldest_seconds
        )
        yield from spending(found)
        yield from savings(found.saved)


def spending(found: Metrics) -> Iterable[Metric]:
    """Yield what calls to providers have used up, and how far the budget of the day is."""
    names = ["provider", "model"]
    usd = CounterMetricFamily("signalbox_spent_usd", "Money charged to budgets, of known price.", labels=names)
    tokens = CounterMetricFamily("signalbox_spent_tokens", "Tokens, in and out.", labels=names)
    calls = CounterMetricFamily("signalbox_spent_calls", "Calls to providers.", labels=names)
    unpriced = CounterMetricFamily("signalbox_spent_calls_unpriced", "Calls of unknown price.", labels=names)
    for one in found.spent:
        pairs = ((usd, float(one.usd)), (tokens, one.tokens), (calls, one.calls), (unpriced, one.unpriced))
        for family, number in pairs:
            family.add_metric([one.provider, one.model], number)
    yield from (usd, tokens, calls, unpriced)
    for name, words in (("limit", "Most that a day may use up."), ("spent", "Spent today."), ("held", "Held now.")):
        values = {one.unit: float(getattr(one, name)) for one in found.day}
        yield by(f"signalbox_budget_day_{name}", words, "unit", values)


def savings(found: Mapping[str, Saved]) -> Iterable[Metric]:
    """Write what answers that were given again have saved, by agent."""
    for name, words, value in (
        ("hits", "Steps that were answered from what was kept.", lambda one: one.hits),
        ("saved_usd", "Money that was not spent because of it.", lambda one: one.usd or 0.0),
        ("saved_tokens", "Tokens that were not used because of it.", lambda one: one.tokens),
        ("saved_seconds", "Seconds of work that were not done because of it.", lambda one: one.seconds),
    ):
        family = CounterMetricFamily(f"signalbox_cache_{name}", words, labels=["agent"])
        for agent, saved in found.items():
            family.add_metric([agent], value(saved))
        yield family


def by(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """Write one figure for each value of a label."""
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def counts(waiting: Mapping[str, Waiting]) -> dict[str, float]:
    """Return how much waits, by name."""
    return {name: one.count for name, one in waiting.items()}


def ages(waiting: Mapping[str, Waiting]) -> dict[str, float]:
    """Return how long it has waited, by name."""
    return {name: one.oldest_seconds for name, one in waiting.items()}


@require_safe
def exposed(request: HttpRequest) -> HttpResponse:
    """Answer with every figure, to whoever has a token, or to all where the operator has opened it."""
    try:
        if not settings.METRICS_OPEN and not has_token(request):
            return answer(401, "Send `Authorization: Bearer` with a token of any role, or set SIGNALBOX_METRICS_OPEN.")
        registry = CollectorRegistry()
        registry.register(Counted(metrics()))
    except Error:
        return answer(503, "The database does not answer, so there is nothing to count.")
    return HttpResponse(generate_latest(registry) + generate_latest(OWN), content_type=CONTENT_TYPE_LATEST)


def has_token(request: HttpRequest) -> bool:
    """Tell whether the request carries a token that is known."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and tokens.recognise(token.strip()) is not None
