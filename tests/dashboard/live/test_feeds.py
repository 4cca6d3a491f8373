"""What an open page is told: everything since it last looked, soon after it happens, even when a hint is lost."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F

from dashboard.live.frames import now
from orchestrator.live import publish
from orchestrator.models import Event, Run, Team, User
from tests.dashboard.live.conftest import Browser, Open
from tests.dashboard.made import BEGAN, RUN, made_definitions, made_run

TOPIC = f"run.{RUN}"


@sync_to_async
def begin(user: User) -> None:
    made_definitions()
    made_run(user.team, user)


@sync_to_async
def happen(*paths: str) -> int:
    """Add an event for each path, as a commit of the engine does; return the last number."""
    for path in paths:
        with transaction.atomic():
            Run.objects.filter(pk=RUN).update(n=F("n") + 1)
            n = Run.objects.get(pk=RUN).n
            Event.objects.create(run_id=RUN, n=n, type="step.opened", path=path, at=BEGAN, data={})
    return n


def numbers(frame: dict[str, object]) -> list[int]:
    """Return the numbers of the events that a frame adds."""
    lists = frame.get("append", [])
    return [item["n"] for one in lists for item in one["items"]]  # type: ignore[attr-defined,index]


async def watching(open_socket: Open, user: User, n: int = 6) -> tuple[Browser, dict[str, object]]:
    browser = await open_socket(user)
    await browser.say({"subscribe": {TOPIC: n}})
    return browser, await browser.next(TOPIC)


async def test_a_page_is_told_what_happened_since_it_was_drawn(open_socket: Open, someone: User) -> None:
    """O6: it reads the gap from the database, then streams."""
    await begin(someone)
    browser, first = await watching(open_socket, someone, n=4)
    assert numbers(first) == [5, 6]
    assert {one["id"] for one in first["fragments"]} >= {"run-header", "run-track"}  # type: ignore[attr-defined]
    n = await happen("survey")
    publish({TOPIC: n})
    following = await browser.next(TOPIC)
    assert numbers(following) == [7]
    while "touched" not in following:  # an event may come a little before the fragments it changes
        following = await browser.next(TOPIC)
    assert following["touched"] == ["survey"]


async def test_two_pages_get_the_same_text(open_socket: Open, someone: User) -> None:
    await begin(someone)
    one, _ = await watching(open_socket, someone)
    two, _ = await watching(open_socket, someone)
    publish({TOPIC: await happen("survey")})
    assert await one.next(TOPIC) == await two.next(TOPIC)


async def test_a_lost_hint_costs_two_seconds_and_no_event(open_socket: Open, someone: User) -> None:
    await begin(someone)
    browser, _ = await watching(open_socket, someone)
    await happen("survey", "scan")
    seen = numbers(await browser.next(TOPIC, seconds=10))
    while seen[-1] < 8:  # heads may have been read just between the two
        seen += numbers(await browser.next(TOPIC, seconds=10))
    assert seen == [7, 8]


async def test_many_hints_of_one_moment_are_few_frames_without_a_gap(open_socket: Open, someone: User) -> None:
    await begin(someone)
    browser, _ = await watching(open_socket, someone)
    last = 6
    for _ in range(30):
        last = await happen("survey")
        publish({TOPIC: last})
    seen: list[int] = []
    frames = 0
    while not seen or seen[-1] < last:
        seen.extend(numbers(await browser.next(TOPIC)))
        frames += 1
    assert seen == list(range(7, last + 1))
    assert frames < 30


async def test_a_fragment_that_did_not_change_is_not_sent_again(open_socket: Open, someone: User) -> None:
    await begin(someone)
    browser, _ = await watching(open_socket, someone)
    publish({TOPIC: await happen("survey")})
    frame = await browser.next(TOPIC)
    while "fragments" not in frame:
        frame = await browser.next(TOPIC)
    sent = {one["id"] for one in frame["fragments"]}  # type: ignore[attr-defined]
    assert "run-count" in sent
    assert "run-gates" not in sent


async def test_someone_of_another_team_hears_nothing(open_socket: Open, someone: User) -> None:
    await begin(someone)
    other = await sync_to_async(outsider)()
    browser = await open_socket(other)
    await browser.say({"subscribe": {TOPIC: 0, "shell": 0}})
    await browser.next("shell")
    publish({TOPIC: await happen("survey")})
    assert await browser.wire.receive_nothing(timeout=1.0, interval=0.05)


def outsider() -> User:
    return User.objects.create_user("outsider", role="operator", team=Team.objects.create(name="others"))


async def test_roles_get_their_own_buttons(open_socket: Open, someone: User) -> None:
    await begin(someone)
    watcher = await sync_to_async(lambda: User.objects.create_user("viewer", role="viewer", team=someone.team))()
    _, acting = await watching(open_socket, someone)
    _, looking = await watching(open_socket, watcher)
    assert "Cancel run" in header(acting)
    assert "Cancel run" not in header(looking)


def header(frame: dict[str, object]) -> str:
    return next(one["html"] for one in frame["fragments"] if one["id"] == "run-header")  # type: ignore[attr-defined]


async def test_every_snapshot_topic_answers_with_its_fragments(open_socket: Open, someone: User) -> None:
    await begin(someone)
    browser = await open_socket(someone)
    wanted = {"overview": "overview-figures", "runs": "runs-rows", "runs.status=active": "runs-rows",
              "inbox": "inbox-list"}  # fmt: skip
    await browser.say({"subscribe": dict.fromkeys(wanted, 0)})
    for topic, fragment in wanted.items():
        frame = await browser.next(topic)
        assert fragment in {one["id"] for one in frame["fragments"]}  # type: ignore[attr-defined]


async def test_a_list_follows_runs_that_a_hint_names(open_socket: Open, someone: User) -> None:
    await begin(someone)
    browser = await open_socket(someone)
    await browser.say({"subscribe": {"runs": 0}})
    await browser.next("runs")
    await sync_to_async(Run.objects.filter(pk=RUN).update)(status="succeeded", n=7)
    publish({TOPIC: 7, "runs": 0})
    frame = await browser.next("runs")
    assert 'data-status="succeeded"' in frame["fragments"][0]["html"]  # type: ignore[index]


def test_a_later_snapshot_never_has_a_lower_number(transactional_db: None) -> None:
    """The page takes the newer of two, whichever web process drew it; on PostgreSQL while others are in the middle."""
    numbers = []
    for name in ("one", "two", "three"):
        numbers.append(now())
        with transaction.atomic():
            Team.objects.create(name=name)
            numbers.append(now())
        numbers.append(now())
    assert numbers == sorted(numbers)
    assert len({*numbers[::3]}) == 3, "and every commit makes it higher"
    assert numbers[-1] < 2**53, "a browser can count so far"
