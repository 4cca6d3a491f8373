"""Takes a picture of every page, in both themes, wide and on a phone, on a working day: for people to look at.

By hand: `python -m tests.browser.pictures DIR [NAME…]`; names narrow it to pages whose name begins so.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Error, Page, expect, sync_playwright

from tests.browser import tour
from tests.browser.conftest import FLAGS, PATIENCE
from tests.browser.desk import PHONE, Desk, live, shell
from tests.browser.lively import day
from tests.running import data_folder, up

WIDE = {"viewport": {"width": 1440, "height": 960}}
WALL = {"viewport": {"width": 2560, "height": 1440}}
SETTLED = 900
"""Milliseconds until highlights are over."""
DRAWN = "() => [...document.querySelectorAll('.chart')].every((one) => one.querySelector('svg'))"


def main(folder: Path, names: tuple[str, ...]) -> None:
    """Bring the app up, let a day happen, and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    program = os.environ.get("SIGNALBOX_TEST_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play, data_folder() as data, up(data) as server:
        note = server.ready()
        desk = Desk(str(note["url"]), data, play.chromium.launch(executable_path=program, args=FLAGS),
                    lambda: server.log("web"))  # fmt: skip
        desk.sign_in("admin", str(note["signin"]))
        desk.tokens["operator"] = shell(data, "token", "operator", "--role", "operator")
        shell(data, "apply", "tests/browser/lively")
        numbers = day.begin(desk)
        for theme in ("dark", "light"):
            for width, options in {"wide": WIDE, "390": PHONE, "wall": WALL}.items():
                if width != "wall" or theme == "dark":
                    take(desk, folder, numbers, names, f"{theme}-{width}", {**options, "color_scheme": theme})
        desk.browser.close()


def take(
    desk: Desk, folder: Path, numbers: dict[str, object], names: tuple[str, ...], kind: str, options: dict[str, object]
) -> None:
    """Go to every page and take its picture."""
    page = desk.context("admin", **options).new_page()
    for name, stop in tour.STOPS.items():
        if name.startswith(names or ("",)):
            look(page, stop, numbers, folder / f"{name}-{kind}.png")
    stranger = desk.context("nobody", **options).new_page()
    stranger.goto("/signin/")
    stranger.screenshot(path=folder / f"signin-{kind}.png")
    page.context.close()


def look(page: Page, stop: tour.Stop, numbers: dict[str, object], file: Path) -> None:
    """Take one picture, on a phone of the whole page; one that cannot be shown is told and passed over."""
    try:
        live(page, stop.path.format(**numbers))
        if stop.do:
            stop.do(page)
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=file, full_page=file.stem.endswith("390"))
    except (Error, AssertionError) as problem:
        print(f"{file.name}: {str(problem).splitlines()[0]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]))
