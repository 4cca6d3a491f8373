"""Reading the environment: what makes no sense is refused with its name, the reason and the remedy."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from orchestrator import environment


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("many", "must be a whole number"),
        ("0", "between 1 and 256"),
        ("1e3", "whole number"),
        ("257", "1 and 256"),
    ],
)
def test_a_number_that_is_none_or_out_of_bounds_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.number("SLOTS", 4, 1, 256, {"SLOTS": value})
    assert f"SLOTS is {value!r}" in str(refused.value)
    assert reason in str(refused.value)
    assert "SLOTS=4" in str(refused.value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [("much", "a number"), ("-1", "above 0"), ("0", "above 0"), ("NaN", "above 0"), ("1e12", "at most 1000000000")],
)
def test_an_amount_that_is_none_or_not_above_0_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.amount("DAY_USD", 9, {"DAY_USD": value})
    assert f"DAY_USD is {value!r}" in str(refused.value)
    assert reason in str(refused.value)
    assert "DAY_USD=25, or leave it unset" in str(refused.value)


def test_an_amount_is_exact_and_whole_where_it_is_counted() -> None:
    assert environment.amount("DAY_USD", 9, {"DAY_USD": "0.1"}) == Decimal("0.1")
    assert environment.amount("DAY_USD", 9, {}) is None
    with pytest.raises(ImproperlyConfigured, match="it must be a whole number"):
        environment.amount("DAY_CALLS", 0, {"DAY_CALLS": "1.5"})


@pytest.mark.parametrize(("given", "number"), [({}, 4), ({"SLOTS": " "}, 4), ({"SLOTS": " 16 "}, 16)])
def test_a_number_is_read_and_blank_means_the_default(given: dict[str, str], number: int) -> None:
    assert environment.number("SLOTS", 4, 1, 256, given) == number


@pytest.mark.parametrize(("value", "is_on"), [("on", True), ("1", True), ("YES", True), ("off", False), ("", False)])
def test_a_switch_is_on_or_off(value: str, is_on: bool) -> None:
    assert environment.flag("HTTPS", not is_on, {"HTTPS": value}) is is_on


def test_a_switch_that_is_neither_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="HTTPS=on or HTTPS=off"):
        environment.flag("HTTPS", False, {"HTTPS": "maybe"})


def test_a_word_outside_the_few_is_refused_with_the_few() -> None:
    with pytest.raises(ImproperlyConfigured, match="one of DEBUG, INFO"):
        environment.choice("LEVEL", "INFO", ("DEBUG", "INFO"), {"LEVEL": "LOUD"})


def test_a_list_is_separated_by_commas() -> None:
    assert environment.items("HOSTS", ("x",), {"HOSTS": "a.example, ,b.example"}) == ["a.example", "b.example"]
    assert environment.items("HOSTS", ("x",), {}) == ["x"]


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    value = os.pathsep.join([str(tmp_path), str(tmp_path / "nowhere")])
    with pytest.raises(ImproperlyConfigured, match="nowhere is not a folder"):
        environment.folders("ROOTS", (), {"ROOTS": value})
    assert environment.folders("ROOTS", (), {"ROOTS": str(tmp_path)}) == [tmp_path.resolve()]


@pytest.mark.parametrize("value", ["signalbox.example", "ftp://signalbox.example", "https://signalbox.example/path"])
def test_an_origin_is_a_scheme_and_a_host(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="an origin is a scheme and a host"):
        environment.origins("ORIGINS", {"ORIGINS": value})


def test_a_postgres_address_by_host() -> None:
    found = environment.postgres("URL", "postgres://ann:p%40ss@db.example:6432/box?sslmode=require")
    assert {key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "box",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "value", ["postgres:///box?host=/run/postgresql&user=ann", "postgresql://ann@%2Frun%2Fpostgresql/box"]
)
def test_a_postgres_address_by_unix_socket(value: str) -> None:
    found = environment.postgres("URL", value)
    assert (found["HOST"], found["NAME"], found["USER"], found["OPTIONS"]) == ("/run/postgresql", "box", "ann", {})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("mysql://u:secret@h/box", "only PostgreSQL"),
        ("postgres://u:secret@h/", "names no database"),
        ("postgres://u@h:port/box", "ort"),
    ],
)
def test_a_database_address_that_will_not_do_is_refused_without_its_password(value: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=reason) as refused:
        environment.postgres("DATABASE_URL", value)
    assert "secret" not in str(refused.value)
    assert "DATABASE_URL=postgres://" in str(refused.value)


@pytest.mark.parametrize("value", ["localhost:6379", "http://h", "unix://run/valkey.sock", "redis://"])
def test_a_broker_address_that_will_not_do_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        environment.redis("REDIS_URL", value)


@pytest.mark.parametrize(
    ("value", "broker", "layer"),
    [
        ("redis://h:6379", "redis://h:6379/0", "redis://h:6379/1"),
        ("rediss://u:p@h/4", "rediss://u:p@h/4", "rediss://u:p@h/5"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0", "unix:///run/v.sock?db=1"),
        (
            "redis+socket:///run/v.sock?virtual_host=2",
            "redis+socket:///run/v.sock?virtual_host=2",
            "unix:///run/v.sock?db=3",
        ),
    ],
)
def test_broker_and_channel_layer_share_a_server_but_not_a_database(value: str, broker: str, layer: str) -> None:
    address = environment.redis("REDIS_URL", value)
    assert environment.celery_broker(environment.redis_database(address, 0)) == broker
    assert environment.redis_database(address, 1) == layer


def test_limits_are_read_by_key_at_once_and_in_a_time() -> None:
    """C4."""
    given = {"SIGNALBOX_LIMITS": "provider:openai=60/1m, provider:openai=8,agent:x=4,all=5/0.5h,workflow:w=2"}
    assert environment.limits("SIGNALBOX_LIMITS", given) == {
        "provider:openai": {"calls": 60.0, "seconds": 60.0, "concurrency": 8.0},
        "agent:x": {"concurrency": 4.0},
        "all": {"calls": 5.0, "seconds": 1800.0},
        "workflow:w": {"concurrency": 2.0},
    }
    assert environment.limits("SIGNALBOX_LIMITS", {}) == {}


@pytest.mark.parametrize(
    "value",
    ["x=4", "agent:=4", "all:x=4", "agent:x", "agent:x=four", "agent:x=0", "all=5/0s", "all=5/1d", "all=1,all=2"],
)
def test_limits_that_will_not_do_are_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SIGNALBOX_LIMITS"):
        environment.limits("SIGNALBOX_LIMITS", {"SIGNALBOX_LIMITS": value})
