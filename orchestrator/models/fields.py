"""Column types of our own: an instant as microseconds, and JSON as plain text; the same in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Number = models.DateTimeField  # what its columns read and write as
else:
    _Number = models.BigIntegerField
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InstantField(_Number):
    """An aware UTC datetime kept as microseconds since 1970, so that raw SQL compares numbers in both databases."""

    def from_db_value(self, value: int | None, expression: object, connection: object) -> datetime | None:
        """Turn a stored number into a datetime."""
        return None if value is None else EPOCH + timedelta(microseconds=value)

    def to_python(self, value: Any) -> Any:
        """Accept a datetime, or a number of microseconds."""
        return EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value

    def get_prep_value(self, value: Any) -> Any:
        """Turn a datetime into the number that is stored."""
        return micros(value) if isinstance(value, datetime) else value


class JsonText(models.TextField):
    """JSON kept as text; reads back as Python values."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any
    _pyi_lookup_exact_type: Any

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        """Turn stored text into a value; empty text is None."""
        from orchestrator.core import codec

        return codec.loads(value) if value else None

    def get_prep_value(self, value: Any) -> str | None:
        """Turn a value into the text that is stored."""
        from orchestrator.core import codec

        return None if value is None else codec.dumps(value)


def micros(moment: datetime) -> int:
    """Return the microseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // timedelta(microseconds=1)
