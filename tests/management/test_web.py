"""What a web process does before it serves."""

from __future__ import annotations

import gc

from orchestrator.management.commands.web import settle


def test_a_full_collection_leaves_alone_what_stays_for_good() -> None:
    """O6: it would hold up whoever asks for a page just then."""
    before = len(gc.get_objects())
    try:
        settle()
        assert len(gc.get_objects()) < before / 10
    finally:
        gc.unfreeze()
