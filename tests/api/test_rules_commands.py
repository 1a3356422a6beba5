"""``conductor rules``: what holds, what would change by it, and who is told that nobody could sign."""

from __future__ import annotations

import pytest

from api.commands import command
from tests.api.at_terminal import Office


def test_the_rules_are_shown_in_words(here: Office) -> None:
    told = here.told("rules", "show", "--login", "boss")
    for part in (
        "scenario.ordinary one_reviewer one designer who wrote none of it",
        "charter (any risk) second_strategist",
        "flag. Signed work stays open to learners",
        "due 5 days after",
        "at most 2 times before a person sees it",
    ):
        assert part in told


def test_the_effect_is_said_and_what_is_not_named_stays(here: Office) -> None:
    checkpoint = here.waits()
    order = ("rules", "set", "--policy", "scenario.ordinary=two_person", "--due-days", "3", "--login", "boss")
    told = here.told(*order)
    for part in (
        "scenario.ordinary: one_reviewer → two_person. Needs two designers who wrote none of it",
        "Due days: 5 → 3. What waits already keeps its date.",
        "One checkpoint that waits keeps the policy it was opened under.",
        "'two_person' takes 3 designers, with whoever ordered or proposed the work, and there are 2",
    ):
        assert part in told
    now = here.data("rules", "show", "--login", "boss")
    assert now["policies"] == {"scenario": {"ordinary": "two_person"}}
    assert (now["due_days"], now["round_budget"], now["stale_rule"]) == (3, 2, "flag")
    assert now["in_effect"]["scenario"]["low"] == "low_risk_batch"
    assert "(set here)" in here.told("rules", "show", "--login", "boss")
    assert "hold already" in here.told(*order)
    assert here.checkpoint(checkpoint.id).policy.startswith("one_reviewer/")
    new = here.waits()
    assert new.policy.startswith("two_person/")
    here.told("rules", "set", "--policy", "scenario.ordinary=usual", "--login", "boss")
    assert here.data("rules", "show", "--login", "boss")["policies"] == {}


def test_a_stale_rule_holds_at_once(here: Office) -> None:
    here.signed()  # other players play in this installation than when it was signed
    told = here.told("rules", "set", "--stale-rule", "suspend", "--login", "boss")
    assert "Nobody begins such a scenario until it is signed again" in told
    assert "One signed scenario stands otherwise now" in told
    assert [each["state"] for each in here.data("signed", "--login", "maria")] == ["suspended"]
    here.told("rules", "set", "--stale-rule", "keep", "--login", "boss")
    assert [each["state"] for each in here.data("signed", "--login", "maria")] == ["stands"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--policy", "scenario.high=low_risk_batch"), "is for low risk only"),
        (("--policy", "scenario.high=nobody"), "There is no approval policy 'nobody'."),
        (("--policy", "poem.high=usual"), "There is no kind of subject 'poem'."),
        (("--policy", "charter.huge=usual"), "There is no class of risk 'huge'."),
        (("--policy", "charter.low=one_reviewer"), "a charter is reviewed by a strategist"),
        (("--policy", "scenario"), "Write KIND.RISK=POLICY"),
        (("--stale-rule", "suspended"), "Did you mean 'suspend'?"),
    ],
)
def test_what_does_not_fit_changes_nothing(here: Office, options: tuple[str, ...], what: str) -> None:
    before = here.data("rules", "show", "--login", "boss")
    assert what in here.told("rules", "set", *options, "--due-days", "9", "--login", "boss", code=command.REFUSED)
    assert here.data("rules", "show", "--login", "boss") == before


def test_nothing_to_set_and_days_out_of_range_are_wrong_usage(here: Office) -> None:
    assert here.run("rules", "set", "--login", "boss").exit_code == command.USAGE
    assert here.run("rules", "set", "--due-days", "0", "--login", "boss").exit_code == command.USAGE


def test_in_a_terminal_it_asks_first(here: Office) -> None:
    here.answers("n")
    assert "Nothing was changed." in here.told("rules", "set", "--due-days", "9", "--login", "boss")
    here.answers("y")
    assert "are set." in here.told("rules", "set", "--due-days", "9", "--login", "boss")
    here.answers()
    assert "are set." in here.told("rules", "set", "--due-days", "8", "--yes", "--login", "boss")
