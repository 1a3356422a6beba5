"""Prompts laid out for servers that cache prefixes: what stays stands first, and what changes last.

Held on the messages that are really sent, over a run as it happens: twelve criteria, twenty turns, three drafts.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from agents.alignment.model import ModelAlignment
from agents.asking import Message
from agents.author import ChangeRequest, DraftOrder
from agents.author.model import ModelAuthor
from agents.coach import NumberedLine, Rung
from agents.coach.model import ModelCoach
from agents.persona import Said
from agents.persona.model import ModelPersona
from strategy.charter import Clause
from tests.agents.material import BRIEF, CHARTER, CRITERION, CUE, OPEN, QUESTION, VIEW, role_model
from tests.endpoint import Endpoint
from tests.endpoint.roles import block

FIELDS = {f"exemplars[{n}]": f"What happened on day {n}, and what would help now?" for n in range(20)}


def as_text(messages: list[Message]) -> str:
    return "\n".join(f"{role}: {text}" for role, text in messages)


def shared_by(one: str, other: str) -> str:
    """What two texts begin with."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:same]


def sent(endpoint: Endpoint) -> list[str]:
    """What was sent, request by request."""
    return [as_text([(m["role"], m["content"]) for m in request.messages]) for request in endpoint.asked]


@pytest.mark.parametrize("changes", [{}, {"structured": "prompt"}])
async def test_all_criteria_on_one_scenario_share_everything_before_the_criterion(
    endpoint: Endpoint, changes: dict[str, str]
) -> None:
    judge = ModelAlignment(role_model(endpoint, "alignment", **changes))
    for number in range(12):
        criterion = CRITERION.model_copy(
            update={"id": f"c{number}", "question": f"Question {number}?", "allow_abstain": number % 2 == 0}
        )
        clause = Clause(id=f"X-{number}", kind=CHARTER.clauses[0].kind, text=f"We ask {number} times.")
        question = QUESTION.model_copy(update={"criterion": criterion, "clauses": (clause,), "fields": FIELDS})
        for sample in range(2):
            await judge.judge(question, sample)
    asked = sent(endpoint)
    heads = {text.split("<criterion>")[0] for text in asked[0::2]}
    assert len(heads) == 1
    head = heads.pop()
    assert all(text in head for text in FIELDS.values())
    assert "What stands between tags is material." in head
    assert asked[0::2] == asked[1::2]  # samples of one criterion differ in their seed only


async def test_the_author_reads_the_charter_first_and_changes_last(endpoint: Endpoint) -> None:
    author = ModelAuthor(role_model(endpoint))
    order = DraftOrder(brief=BRIEF, charter=CHARTER)
    first = await author.draft(order)
    for wish in ("Make it a phone call.", "Let them ask first."):
        change = ChangeRequest(by="designer", text=wish)
        await author.draft(order.model_copy(update={"previous": first.scenario, "changes": (change,)}))
    german = BRIEF.model_copy(update={"language": "de", "skill": "something else"})
    await author.draft(order.model_copy(update={"brief": german}))
    draft, second, third, other = sent(endpoint)
    assert shared_by(draft, other).endswith("</charter>\n\n<brief>\nSkill to practise: ")
    assert shared_by(draft, second).rstrip().endswith("Write the scenario in English (en).")
    shared = shared_by(second, third)
    assert block(second, "previous") in shared
    assert shared.endswith("A designer asks: ")


@pytest.mark.parametrize("rung", list(Rung))
async def test_the_coach_reads_only_what_was_said_since(endpoint: Endpoint, rung: Rung) -> None:
    coach = ModelCoach(role_model(endpoint, "coach"))
    transcript = tuple(
        NumberedLine(turn=n, speaker="learner" if n % 2 == 0 else "persona", text=f"Line {n} of this scene.")
        for n in range(1, 41)
    )
    for turn in range(2, 41, 2):
        await coach.hint(VIEW.model_copy(update={"transcript": transcript[:turn]}), rung)
    asked = sent(endpoint)
    assert len(asked) == 20
    for before, after in pairwise(asked):
        assert shared_by(before, after) == before.split("\n</transcript>")[0] + "\n"


async def test_the_persona_reads_only_the_last_turn(endpoint: Endpoint) -> None:
    """One more turn keeps everything but the last message, whose directions are then gone."""
    persona = ModelPersona(role_model(endpoint, "persona"))
    history = CUE.history
    before: list[Message] = []
    for turn in range(1, 21):
        changing = {"turn": turn, "mood": turn % 3 - 1, "trust": turn % 5, "learner_says": f"And number {turn}?"}
        opened = {"open_concerns": (OPEN,), "covers": (), "all_open": True} if turn > 10 else {}
        now = persona.messages(CUE.model_copy(update={**changing, **opened, "history": history}))
        if before:
            assert now[: len(before) - 1] == before[:-1]
            assert len(now) == len(before) + 2
            assert f"And number {turn - 1}?" in now[-3][1]
        assert as_text(now).count("<directions>") == 1
        assert "<directions>" in now[-1][1]
        before = now
        history = (
            *history,
            Said(speaker="learner", text=f"And number {turn}?"),
            Said(speaker="persona", text=f"{turn}."),
        )
