"""``conductor costs`` and ``conductor budget``."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api.commands import command
from tests.api.at_terminal import Office
from tests.desk import Desk
from tests.store.test_ledger import entry


async def _spend(desk: Desk) -> None:
    company = desk.company
    async with desk.store.write() as work:
        author: dict[str, Any] = {
            "role": "author",
            "work_kind": "design",
            "person_id": company.maria.person_id,
            "cost": 3_210_000,
        }
        await work.ledger.append([entry(company, created_at=work.now, **author), entry(company, created_at=work.now)])


def test_costs_are_told_by_role_and_programme_and_nobody_is_told_of(here: Office) -> None:
    assert "no language model was asked" in here.told("costs", "--login", "boss")
    here.do(_spend)
    told = here.told("costs", "--login", "boss")
    for part in ("By role", "author 3.21 EUR 1 100 40 % 10 1.5 s", "By programme", "Team leads 3.21 EUR", "Together"):
        assert part in told
    assert "persona" not in told, "one person practised"
    assert "Practice is left out: fewer than three people practised" in told
    found = here.data("costs", "--by", "model", "--since", "30d", "--login", "boss")
    assert found["currency"] == "EUR"
    assert [(each["key"], each["used"]["cost"]) for each in found["tables"]["model"]["lines"]] == [
        ("some-model", 3_210_000)
    ]


def test_everybody_sees_their_own(here: Office) -> None:
    here.do(_spend)
    here.told("budget", "set", "--everybody", "--per", "day", "--tokens", "1000", "--login", "boss")
    told = here.told("costs", "--mine", "--login", "amir")
    assert re.search(r"today 0\.000[23] EUR 1 100 40 % 10 ", told)
    assert "Left this day: 890 of 1,000 tokens." in told
    assert here.data("costs", "--mine", "--login", "lena")["month"]["calls"] == 0
    assert "Only an admin" in here.told("costs", "--login", "amir", code=command.REFUSED)


def test_a_budget_is_set_listed_and_taken_away(here: Office) -> None:
    assert "No budget is set" in here.told("budget", "list", "--login", "boss")
    told = here.told("budget", "set", "--programme", "Team", "--tokens", "1,000,000", "--money", "12.50", "-l", "boss")
    assert "Programme Team leads: at most 1,000,000 tokens and 12.50 EUR a month." in told
    here.told("budget", "set", "--person", "Amir", "--per", "day", "--money", "0.5", "--login", "boss")
    listed = here.told("budget", "list", "--login", "boss")
    assert "Programme Team leads month 1,000,000 12.50 EUR" in listed
    assert "Amir day no limit 0.5000 EUR" in listed
    assert [each["budget"]["cost"] for each in here.data("budget", "list", "--login", "boss")] == [12_500_000, 500_000]
    here.told("budget", "clear", "--person", "amir", "--per", "day", "--login", "boss")
    again = here.told("budget", "clear", "--person", "amir", "--per", "day", "--login", "boss", code=command.REFUSED)
    assert "There is no such budget." in again


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--everybody",), "A budget limits tokens, money or both."),
        (("--everybody", "--tokens", "0"), "A budget is more than nothing."),
        (("--everybody", "--money=-1"), "A budget is more than nothing."),
        (("--everybody", "--money", "much"), "This is no amount of money."),
        (("--everybody", "--tokens", "1.5"), "This is no whole number."),
        (("--tokens", "5"), "It is not said whose budget."),
        (("--everybody", "--person", "amir", "--tokens", "5"), "It is not said whose budget."),
        (("--person", "nobody", "--tokens", "5"), "There is nobody with the login 'nobody'."),
        (("--programme", "nope", "--tokens", "5"), "There is no programme 'nope'."),
    ],
)
def test_what_cannot_be_a_budget_is_refused(here: Office, options: tuple[str, ...], what: str) -> None:
    assert what in here.told("budget", "set", *options, "--login", "boss", code=command.REFUSED)
    assert here.data("budget", "list", "--login", "boss") == []


@pytest.mark.parametrize(
    "wrong", [("budget", "set", "--everybody", "--per", "year"), ("costs", "--by", "person"), ("costs", "--since", "x")]
)
def test_wrong_usage_is_said(here: Office, wrong: tuple[str, ...]) -> None:
    assert here.run(*wrong, "--login", "boss").exit_code == command.USAGE
