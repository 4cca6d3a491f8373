"""A signed-in browser without a screen: fetches pages as HTML, with the cookies of a one-time link."""

from __future__ import annotations

import html
import http.cookiejar
import urllib.request
from urllib.parse import quote


class Reader:
    """Reads pages in the name of whoever holds the link."""

    def __init__(self, url: str, signin: str) -> None:
        """Sign in."""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self._url = url
        with self._opener.open(signin, timeout=20) as answer:
            assert answer.status == 200

    def run(self, run_id: str, step: str | None = None) -> str:
        """Return the words of a run's page, with a step's drawer open if one is named."""
        tail = "" if step is None else f"?step={quote(step, safe='')}"
        with self._opener.open(f"{self._url}/runs/{run_id}/{tail}", timeout=20) as answer:
            return html.unescape(answer.read().decode())
