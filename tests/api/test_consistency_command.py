from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli import app


def test_a_packaged_example_is_measured_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    command = ["models", "consistency", "--scenes", "2", "--turns", "4", "--example", "ellerby/missed-promise"]
    told = CliRunner().invoke(app, [*command, "--json"])
    assert told.exit_code == 0, told.output
    report = json.loads(told.stdout)
    assert report["replies"] == sum(scene["turns"] for scene in report["scenes"]) == 8
    assert {each["heard"]["replies"] for each in report["findings"]} == {8}
    shown = CliRunner().invoke(app, [*command, "--samples"])
    assert shown.exit_code == 0
    assert "0 of 8" in shown.stdout
    assert "Mood and trust kept the rules." in " ".join(shown.stdout.split())


def test_an_example_that_there_is_not_is_told_with_those_there_are() -> None:
    told = CliRunner().invoke(app, ["models", "consistency", "--example", "tarrow/nothing"])
    assert told.exit_code == 2
    assert "renewal-price-objection" in told.output
