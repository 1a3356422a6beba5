"""``conductor models``: who plays, what a check says, and an admin's word; models are planted, the rest is real."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import agents.conformance
from agents.conformance.report import Finding, Fitness, Outcome, Report, Sample
from agents.models import RoleModel
from agents.provenance import Usage
from api.commands import command
from graphs.fitness import fingerprint_of
from store.unit_of_work import Store
from tests.api.at_terminal import Office
from tests.checked import LATE, TOLD
from tests.conftest import open_store
from tests.endpoint.answers import Text
from tests.endpoint.server import Endpoint

WHY = "For the pilot only."


@pytest.fixture
def played(here: Office, endpoint: Endpoint) -> Office:
    """Models play judge and persona."""
    for role in ("ALIGNMENT", "PERSONA"):
        at = f"CONDUCTOR_MODELS__{role}__"
        for name, value in (("PLAYER", "model"), ("MODEL__BASE_URL", endpoint.url), ("MODEL__MODEL", "scripted-1")):
            here.patch.setenv(at + name, value)
    return here


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fitness | None]:
    """What the suite is made to find, by role; None stands for an endpoint that is not reached."""
    finds: dict[str, Fitness | None] = {"alignment": Fitness.FIT, "persona": Fitness.FIT}

    async def check(
        model: RoleModel, *, thorough: bool = False, on_finding: Callable[[Finding], None] | None = None
    ) -> Report:
        fitness = finds[model.role]
        said = await model.complete([("user", "Say anything.")])  # a real call, charged to the check
        bad = Outcome.BAD if fitness is Fitness.UNFIT else Outcome.GOOD
        sample = Sample(asked="What is it about?", replied=f"\x1b[31m{'The secret. ' * 40}", remark="a locked fact")
        findings = (
            Finding(probe="late", outcome=Outcome.WEAK if fitness is not Fitness.FIT else Outcome.GOOD, detail=LATE),
            Finding(probe="secret_kept", outcome=bad, detail=TOLD, samples=(sample,)),
        )
        for each in findings:
            if on_finding is not None:
                on_finding(each)
        return Report(
            role=model.role,
            model=model.settings.model,
            endpoint="127.0.0.1",
            suite="thorough" if thorough else "1",
            fingerprint=fingerprint_of(model),
            fitness=fitness or Fitness.UNFIT,
            findings=findings,
            usage=said[1] + Usage(calls=11),
            seconds=1.5,
            reach="not reached" if fitness is None else "reached",
        )

    monkeypatch.setattr(agents.conformance, "check", check)
    monkeypatch.setattr(agents.conformance, "planned_calls", lambda role, thorough: 40 if thorough else 12)
    return finds


def rows(here: Office) -> list[Any]:
    async def read(store: Store) -> list[Any]:
        try:
            async with store.read() as work:
                return [each for role in ("alignment", "persona") for each in await work.fitness.history(role)]
        finally:
            await store.close()

    import asyncio

    return asyncio.run(read(open_store(here.url)))


def test_rules_are_listed_and_not_checked(here: Office) -> None:
    told = here.told("models")
    assert told.count("offline rules") == 4
    assert "there is nothing to check." in told
    assert "Offline rules play every role" in here.told("models", "check", code=command.REFUSED)
    for role in ("persona", "judge"):
        said = here.told("models", "check", "--role", role, code=command.REFUSED)
        assert "there is no model to check" in said
    assert here.run("models", "check", "--role", "poet").exit_code == command.USAGE
    assert here.run("models", "allow", "poet", "--because", WHY).exit_code == command.USAGE
    said = here.told("models", "allow", "coach", "--because", WHY, "--login", "boss", code=command.REFUSED)
    assert "Offline rules play the coach" in said


def test_a_check_says_what_it_costs_and_what_it_saw(played: Office, planted: dict[str, Fitness | None]) -> None:
    assert {each["role"]: each["state"] for each in played.data("models")}["persona"] == "not checked"
    assert "conductor models check" in played.told("models")
    told = played.told("models", "check")
    assert told.index("alignment: about 12 calls to scripted-1, at most ") < told.index(
        "persona: about 12 calls to scripted-1"
    )
    assert told.index("persona: about 12 calls") < told.index("The judge: model scripted-1 at 127.0.0.1")
    assert "alignment: secret kept ✓ good" in told  # one line a probe where nobody watches
    assert "persona: pass. It did what this role asks for." in told
    assert "12 calls" in told
    assert "The secret." not in told
    found = {each["role"]: each for each in played.data("models")}
    assert (found["persona"]["state"], found["persona"]["suite"]) == ("pass", "1")
    assert "scripted-1" in played.told("models")
    assert "The secret." in played.told("models", "check", "--role", "persona", "--samples")
    assert len(rows(played)) == 3


def test_an_unfit_model_is_exit_1_with_samples_cut_short(played: Office, planted: dict[str, Fitness | None]) -> None:
    planted["persona"] = Fitness.UNFIT
    done = played.run("models", "check", "--role", "persona", "--role", "alignment")
    assert done.exit_code == command.REFUSED
    assert "\x1b[31m" not in done.output
    told = " ".join(done.output.split())
    assert TOLD in told
    assert "asked: What is it about?" in told
    assert "The secret. The secret." in told
    assert told.count("The secret.") < 25
    assert "persona: unfit. It does not play" in told
    assert "alignment: pass." in told
    asked = played.run("models", "check", "--role", "judge", "--thorough", "--json")
    assert asked.exit_code == 0
    assert [(each["role"], each["suite"]) for each in json.loads(asked.stdout)] == [("alignment", "thorough")]
    refused = played.run("models", "check", "--role", "persona", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)[0]["fitness"]) == (command.REFUSED, "unfit")


def test_an_endpoint_that_is_not_reached_is_stored_as_nothing(
    played: Office, planted: dict[str, Fitness | None]
) -> None:
    planted["persona"] = None
    told = played.told("models", "check", "--role", "persona", code=command.UNAVAILABLE)
    assert "Not reached, so nothing is known and nothing was stored." in told
    assert rows(played) == []


def test_an_admin_answers_for_an_unfit_model(played: Office, planted: dict[str, Fitness | None]) -> None:
    planted["persona"] = Fitness.UNFIT
    assert "not been checked" in played.told(
        "models", "allow", "persona", "--because", WHY, "--login", "boss", code=command.REFUSED
    )
    played.run("models", "check", "--role", "persona")
    refused = played.told("models", "allow", "persona", "--because", WHY, "--login", "maria", code=command.REFUSED)
    assert "Only an admin can let an unfit model play." in refused
    assert played.run("models", "allow", "persona", "--login", "boss").exit_code == command.USAGE
    told = played.told("models", "allow", "persona", "--because", WHY, "--login", "boss")
    assert told.startswith("The persona (scripted-1): unfit. It plays because ")
    assert f"“{WHY}”" in told
    [persona] = [each for each in played.data("models") if each["role"] == "persona"]
    assert (persona["plays"], persona["allowed"]["reason"]) == (True, WHY)
    planted["alignment"] = Fitness.PROVISIONAL
    played.told("models", "check", "--role", "alignment")
    noted = [each for each in played.data("doctor") if each["what"] == "models"]
    assert [each["state"] for each in noted] == ["note", "note"]
    assert "The judge (model scripted-1) was found provisional." in noted[0]["detail"]
    assert "allows it nevertheless" in noted[1]["detail"]
    ended = played.told("models", "disallow", "persona", "--login", "boss")
    assert "It does not play" in ended
    assert "Nobody's word" in played.told("models", "disallow", "persona", "--login", "boss", code=command.REFUSED)
    played.answers("In a terminal it asks.")
    assert "In a terminal it asks." in played.told("models", "allow", "persona", "--login", "boss")
    assert played.asked == ["Why may it play nevertheless?"]


def test_the_real_suite_tells_a_model_that_plays_from_one_that_only_talks(here: Office, endpoint: Endpoint) -> None:
    for name, value in (("PLAYER", "model"), ("MODEL__BASE_URL", endpoint.url), ("MODEL__MODEL", "scripted-1")):
        here.patch.setenv(f"CONDUCTOR_MODELS__COACH__{name}", value)
    here.told("models", "check", "--role", "coach")
    [coach] = [each for each in here.data("models") if each["role"] == "coach"]
    assert coach["state"] in ("pass", "provisional")
    endpoint.script = lambda request: Text("I would say it is fine!")
    told = here.told("models", "check", "--role", "coach", code=command.REFUSED)
    assert "schema ✗ bad" in told
    assert "coach: unfit. It does not play" in told
    [coach] = [each for each in here.data("models") if each["role"] == "coach"]
    assert (coach["state"], coach["plays"]) == ("unfit", False)
    assert coach["weaknesses"][0].startswith("No reply of ")
