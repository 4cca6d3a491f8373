"""The answer to an act that is done without leaving the page: a word about it, and what of the page shows it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.door import PersonRequest
from dashboard.live.frames import Frame


def told(request: PersonRequest, words: str, topic: str, frame: Frame) -> HttpResponse:
    """Answer with fragments of a topic, as a frame of it would bring them: the page shows what is newer, whichever
    comes first."""
    about = {"words": words, "topic": topic, "n": frame.n, "fragments": frame.fragments}
    return render(request, "dashboard/runs/_told.html", about)
