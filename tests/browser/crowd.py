"""A board with two thousand cards: written in one go into the database of a running Signalbox, as an import would."""

from __future__ import annotations

import subprocess
import sys

from tests.browser.desk import Desk
from tests.running import PROJECT, environ

BOARD = """
board: crowd
title: A crowd
columns:
  - {name: Ideas, policy: manual}
  - {name: Ready, policy: manual}
  - {name: Next, policy: manual}
  - {name: In progress, policy: {workflow: note}, limit: 2}
  - {name: Done, policy: done}
"""
WRITE = """
import django
django.setup()
from orchestrator.models import Board, Card, User
board = Board.objects.get(name="crowd")
columns = list(board.columns.order_by("position"))
homes = [columns[0], columns[1], columns[2], columns[4]]
who = User.objects.get(username="operator")
Card.objects.bulk_create([
    Card(board=board, column=homes[n % 4], rank=1024.0 * (n + 1), title=f"Card number {n}", priority=1 + n % 5,
         description="Found only by its description: marmalade." if n == 1999 else "",
         labels=["odd"] if n % 2 else [], assignee=who if n % 10 == 0 else None)
    for n in range(COUNT)
], batch_size=500)
print(board.pk)
"""


def gather(desk: Desk, count: int = 2000) -> int:
    """Make the board and its cards; return the board's id."""
    file = desk.data / "board-crowd.yaml"
    file.write_text(BOARD)
    there = environ(SIGNALBOX_DATA=str(desk.data), DJANGO_SETTINGS_MODULE="orchestrator.settings")
    for command in (["manage.py", "apply", str(file)], ["-c", WRITE.replace("COUNT", str(count))]):
        done = subprocess.run([sys.executable, *command], cwd=PROJECT, env=there, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.strip())
