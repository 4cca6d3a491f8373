"""What attempts say while they work: gathered, kept for who comes later, and dropped when a newer claim speaks."""

from __future__ import annotations

import threading
import uuid

import pytest

from orchestrator.live import Piece, Speaker, Streams, pieces
from orchestrator.live.streams import KEPT_SECONDS, LONGEST, client
from tests.conftest import poll


@pytest.fixture
def said(redis_url: str) -> Streams:
    client.cache_clear()
    return Streams()


def speaker(run_id: str, path: str = "draft", attempt: int = 1, at: float = 1000.0, fence: str = "f1") -> Speaker:
    return Speaker(run_id=run_id, path=path, attempt=attempt, fence=fence, claimed_at=at)


def new_run() -> str:
    return str(uuid.uuid4())


def text(found: list[Piece]) -> str:
    return "".join(piece.text for piece in found)


def test_pieces_of_one_moment_are_gathered_and_kept_in_order(said: Streams) -> None:
    run = new_run()
    for number in range(200):
        said.emit(speaker(run), f"{number},")
    poll(lambda: text(pieces(run, 0)).endswith("199,"), "the last word is kept")
    found = pieces(run, 0)
    assert text(found) == "".join(f"{number}," for number in range(200))
    assert len(found) < 20
    assert [piece.n for piece in found] == sorted({piece.n for piece in found})


def test_whoever_comes_later_gets_only_what_is_new_to_them(said: Streams) -> None:
    run = new_run()
    said.emit(speaker(run), "one ")
    poll(lambda: pieces(run, 0), "the first piece is kept")
    seen = pieces(run, 0)[-1].n
    said.emit(speaker(run), "two")
    said.progress(speaker(run, path="check"), 0.5, "half way")
    poll(lambda: len(pieces(run, seen)) == 2, "both pieces are kept")
    assert text(pieces(run, seen)) == "two"
    half = next(piece for piece in pieces(run, seen) if piece.path == "check")
    assert (half.fraction, half.note, half.text) == (0.5, "half way", "")
    assert text(pieces(run, 0)) == "one two"


def test_a_late_piece_of_an_older_claim_is_dropped(said: Streams) -> None:
    """The fence decides: a worker that was only slow does not speak into its successor's answer."""
    run = new_run()
    old, new = speaker(run, at=1000.0, fence="zz"), speaker(run, at=1001.0, fence="aa")
    said.emit(old, "old words")
    poll(lambda: pieces(run, 0), "the first claim is heard")
    said.emit(new, "new")
    poll(lambda: text(pieces(run, 0)) == "new", "the new claim starts afresh")
    said.emit(old, "too late")
    assert said.flush(10)
    assert [(piece.text, piece.fence) for piece in pieces(run, 0)] == [("new", "aa")]
    said.emit(speaker(run, attempt=2, at=900.0, fence="bb"), "second try")
    poll(lambda: text(pieces(run, 0)) == "second try", "a later attempt is newer whatever its clock says")


def test_nothing_is_kept_for_ever_and_no_piece_is_without_bound(said: Streams) -> None:
    run = new_run()
    said.emit(speaker(run), "a" * 10 + "b" * LONGEST)
    poll(lambda: pieces(run, 0), "it is kept")
    assert text(pieces(run, 0)) == "b" * LONGEST
    kept = list(client().scan_iter(f"*{run}*"))
    assert len(kept) == 3
    assert all(0 < client().ttl(name) <= KEPT_SECONDS for name in kept)


def test_agents_in_many_threads_may_speak_at_once(said: Streams) -> None:
    run = new_run()

    def talk(path: str) -> None:
        for _ in range(50):
            said.emit(speaker(run, path=path), path)

    threads = [threading.Thread(target=talk, args=(f"s{number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert said.flush(10)
    found = pieces(run, 0)
    assert all(text([piece for piece in found if piece.path == f"s{n}"]) == f"s{n}" * 50 for n in range(8))


def test_text_that_is_no_text_gets_through(said: Streams) -> None:
    run = new_run()
    said.emit(speaker(run, path="a[3]/b#2"), "half a pair \ud83d and ü")
    poll(lambda: pieces(run, 0), "it is kept")
    assert pieces(run, 0)[0].text == "half a pair ? and ü"
    assert pieces(run, 0)[0].path == "a[3]/b#2"
