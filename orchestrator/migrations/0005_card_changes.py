"""What a browser has missed of a board, cards taken off it, and inputs that columns make from cards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0004_sign_in_try"),
    ]

    operations = [
        migrations.AddField(
            model_name="card",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="card",
            name="board_version",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="column",
            name="inputs",
            field=models.JSONField(null=True),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["board", "board_version"], name="card_by_change"),
        ),
    ]
