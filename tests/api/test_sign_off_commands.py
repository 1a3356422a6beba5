"""``conductor signed``, ``revoke``, ``again`` and ``confirm``: what is signed, its end, and a second look at it."""

from __future__ import annotations

import pytest

from api import terminal
from api.commands import command
from approvals.checkpoint import DecisionKind
from graphs.governing import Rules, set_rules
from graphs.revoking import note_changes
from tests.api.at_terminal import Office
from tests.company import CHARTER
from tests.desk import PLAYERS, Desk


def new_charter(here: Office, stale_rule: str = "flag") -> None:
    """Another charter comes into force, and signed work is compared with it."""

    async def change(desk: Desk) -> None:
        rules = Rules.model_validate({"stale_rule": stale_rule})
        await set_rules(desk.store, here.company.boss, here.company.programme_id, rules)
        proposal = await desk.proposed(CHARTER.model_copy(update={"title": "How we work now"}))
        await desk.decide(here.company.ravi, proposal)
        await note_changes(desk.store, PLAYERS)

    here.do(change)


def test_what_is_signed_is_listed_with_who_and_when(here: Office) -> None:
    assert "Nothing is signed yet." in here.told("signed", "--login", "maria")
    checkpoint = here.signed()
    [line] = here.data("signed", "--login", "sofia")
    assert (line["state"], line["signed_by"], line["title"]) == ("stands", ["Jonas"], "Two deadlines")
    assert line["checkpoint_id"] == checkpoint.id
    assert "Jonas stands Two deadlines (version 1)" in here.told("signed", "--login", "boss")
    assert "Nothing signed is doubtful." in here.told("signed", "--doubtful", "--login", "maria")


@pytest.mark.parametrize(("rule", "state"), [("flag", "changed"), ("suspend", "suspended")])
def test_what_became_doubtful_says_why(here: Office, rule: str, state: str) -> None:
    here.signed()
    new_charter(here, rule)
    [line] = here.data("signed", "--doubtful", "--login", "maria")
    assert line["state"] == state
    told = here.told("signed", "--login", "maria")
    assert "ersion 2 of the charter is in force now" in told
    assert "conductor again --doubtful" in told
    assert "1 signed scenario is doubtful" in here.told("review", "--login", "maria")


@pytest.mark.parametrize(("option", "rule"), [((), "finish"), (("--stop",), "stop")])
def test_a_sign_off_is_revoked_with_a_reason(here: Office, option: tuple[str, ...], rule: str) -> None:
    checkpoint = here.signed()
    [line] = here.data("signed", "--login", "maria")
    for name in (line["id"], line["subject_id"], terminal.short(checkpoint.id)):
        refused = here.told("revoke", name, *option, "--login", "maria", code=command.REFUSED)
        assert "Revoking a sign-off needs a written reason." in refused
    unknown = here.told("revoke", "0000", "--reason", "x", "--login", "maria", code=command.REFUSED)
    assert "There is no signed scenario '0000'." in unknown
    here.answers("The case is public now.")
    done = here.told("revoke", line["id"], *option, "--login", "boss")
    assert "Revoked: nobody begins “Two deadlines”" in done
    here.gone()
    assert here.data("signed", "--login", "maria") == []
    [over] = here.data("signed", "--all", "--login", "maria")
    assert (over["state"], over["open_practices"]) == ("revoked", rule)
    assert "By Boss: The case is public now." in here.told("signed", "--all", "--login", "maria")
    again = here.told("revoke", line["id"], "--reason", "x", "--login", "maria", code=command.REFUSED)
    assert "revoked already" in again


def test_a_name_that_fits_several_revokes_none(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    here.signed()
    here.signed()
    monkeypatch.setattr("api.commands.sign_off.LEAST_ENDING", 0)  # so that an end can be common to both
    refused = here.told("revoke", "", "--reason", "Which?", "--login", "maria", code=command.REFUSED)
    assert "fits several signed scenarios" in refused
    assert len(here.data("signed", "--login", "maria")) == 2


def test_signed_work_is_judged_again_by_the_command(here: Office) -> None:
    here.signed()
    assert here.run("again", "--login", "maria").exit_code == command.USAGE
    assert here.run("again", "x", "--all", "--login", "maria").exit_code == command.USAGE
    [line] = here.data("signed", "--login", "maria")
    told = here.told("again", line["id"], "--login", "maria")
    assert "alignment judged asks" in told
    # This installation's own judge reads otherwise than the one it was signed against.
    assert "Two deadlines: read it, conductor review" in told
    [line] = here.data("signed", "--login", "maria")
    assert line["state"] == "changed"
    assert line["waits"]
    assert "There is nothing to judge again." in here.told("again", "--all", "--login", "maria")
    refused = here.told("again", line["id"], "--login", "maria", code=command.REFUSED)
    assert "This work is not published." in refused


def test_a_list_is_confirmed_whole_or_by_lines(here: Office) -> None:
    signed = [here.signed() for _ in range(3)]
    assert "There is nothing to confirm." in here.told("confirm", "--login", "jonas")
    assert "nothing to confirm" in here.told("confirm", "--all", "--login", "jonas", code=command.REFUSED)
    here.again(*signed)
    listed = here.data("confirm", "--login", "jonas")
    assert {each["because"] for each in listed["checkpoints"]} == {"the same text, judged again with the same outcome"}
    first, *rest = [each["checkpoint_id"] for each in listed["checkpoints"]]
    assert here.run("confirm", first, "--all", "--login", "jonas").exit_code == command.USAGE
    assert here.run("confirm", first, "--seen", "0" * 12, "--login", "jonas").exit_code == command.USAGE
    assert "no line of the list" in here.told("confirm", "0000", "--login", "jonas", code=command.REFUSED)
    seen = listed["digest"][:12]
    assert f"Seen as {seen}." in here.told("confirm", "--login", "jonas")
    assert "✓" in here.told("confirm", first, "--login", "jonas")
    assert here.checkpoint(first).status == "approved"
    other = here.told("confirm", "--all", "--seen", seen, "--login", "jonas", code=command.REFUSED)
    assert "The list is not what you saw." in other
    assert "2 of 2 signed." in here.told("confirm", "--all", "--login", "jonas")
    assert {here.checkpoint(each).status for each in rest} == {"approved"}
    lines = here.data("signed", "--all", "--login", "maria")
    assert sorted(each["state"] for each in lines) == ["replaced"] * 3 + ["stands"] * 3


def test_numbers_are_asked_for_and_each_line_says_what_became_of_it(here: Office) -> None:
    signed = [here.signed() for _ in range(3)]
    here.again(*signed)
    ids = [each["checkpoint_id"] for each in here.data("confirm", "--login", "jonas")["checkpoints"]]

    def meanwhile() -> str:
        taken = here.checkpoint(ids[1])
        here.do(lambda desk: desk.decide(here.company.maria, taken, DecisionKind.REJECT))
        return "1-2"

    here.answers("")
    assert "Nothing was approved." in here.told("confirm", "--login", "jonas")
    here.answers("4", "x", "2-9999999", meanwhile)
    told = here.told("confirm", "--login", "jonas", code=command.REFUSED)
    assert told.count("names no lines.") == 3
    assert "1 of 2 signed." in told
    assert "not on the list" in told
    assert [here.checkpoint(each).status for each in ids] == ["approved", "rejected", "pending"]
