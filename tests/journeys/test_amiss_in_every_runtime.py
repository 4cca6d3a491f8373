"""S18 as one scenario: every runtime answers malformed JSON, a wrong shape, nothing, 100 MB, or never, through real
workers and processes. Each is tried again as far as it is worth it, somebody stands in, and the page says which it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.chaos.api import Api
from tests.chaos.tree import Tree
from tests.journeys import amiss
from tests.journeys.amiss import FAULTS, RUNTIMES
from tests.journeys.page import Reader

KINDS = {
    "rubbish": "malformed", "wrong-schema": "schema", "nothing": "schema", "too-much": "over_limit", "never": "timeout",
}  # fmt: skip
NO_NULL = ("command", "llm")
"""Runtimes where nothing is no JSON, either."""
WORDS = {
    ("callable", "rubbish"): "returned is not JSON", ("command", "rubbish"): "is not JSON",
    ("http", "rubbish"): "sent what is not JSON", ("llm", "rubbish"): "is not JSON",
    ("remote", "rubbish"): "not JSON",
    ("command", "nothing"): "is not JSON", ("llm", "nothing"): "answered nothing",
    ("callable", "too-much"): "returned too much", ("command", "too-much"): "wrote more than",
    ("http", "too-much"): "sent more than", ("llm", "too-much"): "more than", ("remote", "too-much"): "larger than",
    ("callable", "never"): "did not finish within", ("http", "never"): "did not answer within 2 s",
}  # fmt: skip
USUAL = {
    "wrong-schema": "does not fit its contract", "nothing": "does not fit its contract",
    "never": "did not finish within 2 s",
}  # fmt: skip
EVERY = [(runtime, fault) for runtime in RUNTIMES for fault in FAULTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """All of them, run at once and ended."""

    api: Api
    reader: Reader
    runs: dict[tuple[str, str], Any]

    def tries(self, run_id: str) -> list[Any]:
        """Return the ends of a run's tries, from its events."""
        events = self.api.get(f"/runs/{run_id}/events?limit=1000")["items"]
        return [event["data"] for event in events if event["type"] == "attempt.ended"]


@pytest.fixture(scope="module")
def aftermath(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    folder, api = tmp_path_factory.mktemp("amiss"), tree.api("amiss")
    with amiss.behind() as at, amiss.elsewhere(tree.where(), api.token):
        amiss.written(folder, at)
        tree.manage("apply", str(folder))
        names = {(runtime, fault): f"amiss-{runtime}-{fault}" for runtime, fault in EVERY}
        begun = {key: api.insist("POST", "/runs", {"workflow": name, "input": {}}).body for key, name in names.items()}
        runs = {key: api.ended(run["id"], 120) for key, run in begun.items()}
    yield Aftermath(api=api, reader=Reader(tree.where(), tree.manage("signin").strip().splitlines()[-1]), runs=runs)
    assert tree.manage("verify").strip() == "verify: everything agrees"


@pytest.mark.parametrize(("runtime", "fault"), EVERY, ids=[f"{runtime}-{fault}" for runtime, fault in EVERY])
def test_what_was_wrong_is_said_tried_again_and_somebody_stands_in(
    aftermath: Aftermath, runtime: str, fault: str
) -> None:
    """S18, R2, R3."""
    run = aftermath.runs[runtime, fault]
    words = WORDS.get((runtime, fault)) or USUAL[fault]
    kind = "malformed" if fault == "nothing" and runtime in NO_NULL else KINDS[fault]
    *tries, last = aftermath.tries(run["id"])
    assert {one["failure"] for one in tries} == {kind}, tries
    assert all(words in one["reason"] for one in tries), tries
    assert len(tries) == (1 if kind == "over_limit" else 2)
    assert (last["agent"], last["status"]) == ("stands-in", "succeeded")
    (step,) = run["steps"]
    who = amiss.agent(runtime, fault)
    assert (run["status"], step["degraded"]) == ("succeeded", f"stands-in stood in for {who}")
    page = aftermath.reader.run(run["id"], "score")
    assert page.count(words) >= len(tries)
    assert f"stands-in stood in for {who}" in page


def test_a_person_reads_on_the_run_page_what_was_wrong_with_each_try(
    aftermath: Aftermath, tree: Tree, chromium: Browser
) -> None:
    """S18: in a browser, of an answer over HTTP that never came."""
    desk = Desk(tree.where(), tree.data, chromium, tree.words)
    desk.sign_in("admin", tree.manage("signin").strip())
    page = desk.open("admin", f"/runs/{aftermath.runs['http', 'never']['id']}/?step=score")
    expect(page.get_by_text("http-never did not answer within 2 s").locator("visible=true").first).to_be_visible()
    expect(page.get_by_text("stands-in stood in for http-never").locator("visible=true").first).to_be_visible()
    desk.close()
