"""What Django's system check says about this installation beyond Django's own checks."""

from __future__ import annotations

import difflib
import os
from typing import Any

from django.core import checks

from orchestrator import environment

PREFIX = "SIGNALBOX_"
# Read before settings are, or meant for tests and for the commands that agents run.
OTHERS = (
    "SIGNALBOX_BOOTSTRAP",
    "SIGNALBOX_LEASH",
    "SIGNALBOX_TEST_",
    "SIGNALBOX_REQUEST",
    "SIGNALBOX_CORRELATION",
    "SIGNALBOX_RUN",
    "SIGNALBOX_STEP",
    "SIGNALBOX_ATTEMPT",
)


@checks.register()
def unknown_settings(app_configs: object, **_: Any) -> list[checks.CheckMessage]:
    """Point out variables that nobody reads: a typing error there would otherwise change nothing, silently."""
    unknown = [name for name in sorted(os.environ) if name.startswith(PREFIX) and name not in environment.known]
    return [warning(name) for name in unknown if not name.startswith(OTHERS)]


def warning(name: str) -> checks.Warning:
    """Say that a variable is not a setting, and which one may be meant."""
    near = difflib.get_close_matches(name, environment.known, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Unset it."
    return checks.Warning(f"{name} is not a setting of Signalbox.", hint=hint, id="orchestrator.W001")
