"""Attempts know whether what they made was sent back (A3)."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("orchestrator", "0019_agent_text")]

    operations = [
        migrations.AddField(
            model_name="attempt", name="sent_back", field=models.BooleanField(default=False, db_default=False),
        ),
    ]  # fmt: skip
