"""Agents keep the file they were written as."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("orchestrator", "0018_kept_answers")]

    operations = [
        migrations.AddField(
            model_name="agentversion", name="text", field=models.TextField(blank=True, default=""),
        ),
    ]  # fmt: skip
