"""Files of installed packages under static paths of ours."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders

from dashboard.finders import PACKAGED, PackagedFileFinder


def test_plotly_is_found_under_our_static_path() -> None:
    """U2: nothing of it is committed, nothing is loaded from elsewhere."""
    found = finders.find("plotly/plotly.min.js")
    assert isinstance(found, str)
    assert b"plotly.js v" in Path(found).read_bytes()[:200]


def test_every_packaged_file_is_listed_and_can_be_read() -> None:
    listed = dict(PackagedFileFinder().list([]))
    assert set(listed) == set(PACKAGED)
    for name, storage in listed.items():
        with storage.open(name) as file:
            assert file.read(1)


def test_no_other_file_of_those_packages_is_published() -> None:
    assert finders.find("plotly/package_data/widgetbundle.js") is None
