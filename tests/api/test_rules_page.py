"""The page where an admin says who signs what."""

from __future__ import annotations

import re

import pytest

from api.pages.rules import guards
from tests.api.room import Room, room, words

__all__ = ["room"]

AT = "/oversight/rules"
FORM = {
    "policies.scenario.low": "low_risk_batch",
    "policies.scenario.ordinary": "one_reviewer",
    "policies.scenario.high": "designer_and_strategist",
    "policies.rollout.low": "one_reviewer",
    "policies.rollout.ordinary": "designer_and_strategist",
    "policies.rollout.high": "designer_and_strategist",
    "stale_rule": "flag",
    "due_days": "5",
    "round_budget": "2",
}


def test_only_policies_that_fit_can_be_chosen_and_the_usual_one_always_can() -> None:
    for each in guards():
        assert each.usual in dict(each.options), each
    names = {each.name: set(dict(each.options)) for each in guards()}
    assert "low_risk_batch" in names["policies.scenario.low"]
    assert "low_risk_batch" not in names["policies.scenario.high"]
    assert names["policies.charter.high"] == {"second_strategist"}


async def test_rules_are_shown_set_and_kept_sparse(room: Room) -> None:
    boss = await room.at("boss")
    page = await boss.get(AT)
    assert "A designer and a strategist (usual)" in words(page.text)
    chosen = re.findall(r'<option value="([^"]+)" selected', page.text)
    assert chosen[:3] == ["low_risk_batch", "one_reviewer", "designer_and_strategist"]
    assert chosen[3:] == ["one_reviewer", "designer_and_strategist", "designer_and_strategist"]  # of rollouts
    await room.ordered()
    saved = await boss.post(AT, data=FORM | {"policies.scenario.ordinary": "two_person", "stale_rule": "suspend"})
    assert "Saved." in words(saved.text)
    assert "One text waits already; it keeps the policy it came with." in words(saved.text)
    async with room.store.read() as work:
        [programme] = await work.strategy.programmes()
    assert programme.policies == {"scenario": {"ordinary": "two_person"}}
    assert (programme.stale_rule, programme.due_days) == ("suspend", 5)
    assert re.findall(r'<option value="([^"]+)" selected', (await boss.get(AT)).text)[1] == "two_person"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("due_days", "soon", "It should be a whole number"),
        ("due_days", "0", "It must be at least 1"),
        ("round_budget", "11", "It must be at most 10"),
        ("stale_rule", "shred", "is not one of keep, flag or suspend"),
        ("policies.scenario.high", "low_risk_batch", "low risk only"),
        ("policies.scenario.high", "nobody", "There is no approval policy"),
    ],
)
async def test_what_cannot_be_accepted_is_said_beside_its_field(room: Room, name: str, value: str, told: str) -> None:
    boss = await room.at("boss")
    refused = await boss.post(AT, data=FORM | {"due_days": "9", name: value})
    assert refused.status_code == 422
    said = re.sub(r"&#39;|'", "", refused.text.partition(f'id="{name}-error"')[2].partition("</p>")[0])
    assert told in said.replace(", flag, suspend", ", flag or suspend")
    if name != "due_days":
        assert 'name="due_days" inputmode="numeric" value="9"' in refused.text
    async with room.store.read() as work:
        [programme] = await work.strategy.programmes()
    assert programme.due_days == 5


async def test_only_an_admin_with_a_fresh_login_sets_rules(room: Room) -> None:
    for login in ("maria", "sofia", "amir"):
        client = await room.at(login)
        assert (await client.get(AT)).status_code == 403
        assert (await client.post(AT, data=FORM)).status_code == 403
    boss = await room.at("boss")
    assert (await boss.post(AT, data=FORM, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    await room.old_login()
    refused = await boss.post(AT, data=FORM | {"due_days": "9"})
    assert refused.status_code == 401
    assert "Log in again in a new tab" in words(refused.text)
    assert 'value="9"' in refused.text
