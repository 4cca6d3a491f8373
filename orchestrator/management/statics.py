"""Collects static files, but only when one of them or one of the packages they come from has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

STAMP = ".collected"


def collect_if_changed() -> bool:
    """Collect if the inputs differ from the last time; True if it was done."""
    root = Path(settings.STATIC_ROOT)
    stamp, now = root / STAMP, fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return False
    call_command("collectstatic", interactive=False, clear=False, verbosity=0)
    stamp.write_text(now)
    return True


def fingerprint() -> str:
    """Digest what the collected files are made from: our own files, and the versions of packages by their lock."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file():
                digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
