"""A scene with two people, from its review to what stayed unsaid: pages, API, terminal and the stored turns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from agents.alignment.reading import prose
from agents.author import Draft, DraftOrder
from api.pages.manuscript import scenario as sections
from api.terminal.review import _side_by_side
from approvals.checkpoint import RiskClass, SubjectKind
from approvals.risk import classify
from evidence.fields import text_fields
from graphs.branching import branch, compare
from graphs.judging import question_about
from graphs.live import LiveTurns
from graphs.practising import begin, debrief, finish, reflect, what_stayed_unsaid
from graphs.scenes import load_scene, shown, transcript
from graphs.studies.stressing import names_in
from practice.names import called
from practice.scenario import Scenario
from store.purpose import Purpose
from strategy.criteria import Scope
from tests.api.room import Room, room, words
from tests.company import CHARTER, CRITERIA, OFFLINE, SCENARIO, ScriptedPersona
from tests.practice.scenarios import PRICE
from tests.practice.together import THREE

__all__ = ["room"]

CARE = ("Nobody is shown up in front of the other.", "Stop whenever you like.")
BOTH = Scenario.model_validate(
    SCENARIO.content() | {"others": [PRICE.persona.model_dump(mode="json")], "safety_notes": list(CARE)}
)
FIRST, SECOND = (person.name for person in BOTH.people)


class Writer:
    async def draft(self, order: DraftOrder) -> Draft:
        return Draft(scenario=BOTH, provenance=OFFLINE)


@pytest.fixture
async def practised(room: Room) -> tuple[Room, str]:
    """A room in which Amir practises a signed scene with two people."""
    object.__setattr__(room.players, "author", Writer())
    checkpoint, _ = await room.signed_by_jonas()
    return room, await begin(room.store, room.company.amir, checkpoint.subject_id)


async def say(room: Room, practice: str, text: str) -> list[tuple[str, dict[str, Any]]]:
    live: LiveTurns = room.app.state.application.live
    me = room.company.amir.person_id
    turn = await live.say(practice, me, text)
    return [(each.kind, each.data) async for each in live.listen(practice, me, turn=turn.number)]


async def test_a_scene_with_two_people_from_the_first_word_to_what_stayed_unsaid(practised: tuple[Room, str]) -> None:
    room, practice = practised
    me = room.company.amir
    first = await say(room, practice, "Good morning to the both of them.")
    assert first[-1][1]["speaker"] == FIRST
    second = await say(room, practice, f"{SECOND}, what happened in the outage?")
    assert {data["speaker"] for kind, data in second if kind == "piece"} == {SECOND}
    assert second[-1][1]["speaker"] == SECOND
    assert second[-1][1]["opened"] == 1
    again = await say(room, practice, "Could you say that more simply?")
    assert again[-1][1]["speaker"] == SECOND

    async with room.store.read() as work:
        scene = await load_scene(work, practice, me.person_id, Purpose.OWN_PRACTICE)
    assert [scene.speaker(turn) for turn in scene.turns] == [FIRST, SECOND, SECOND]
    assert scene.state.others[0].unlocked == ("outage",)
    assert scene.state.simpler
    assert scene.turns[2].observed["observations"] == []
    assert [line.name for line in transcript(scene) if line.speaker == "persona"] == [FIRST, FIRST, SECOND, SECOND]

    live: LiveTurns = room.app.state.application.live
    live._turns.clear()  # as after a restart: what is heard comes from the store
    stored = [(e.kind, e.data) async for e in live.listen(practice, me.person_id, turn=2)]
    assert [data.get("speaker") for _, data in stored] == [SECOND] * len(second)

    page = await (await room.at("amir")).get(f"/practice/{practice}")
    assert page.text.count(f'<p class="speaker">{SECOND}</p>') == 2
    assert f"{SECOND}, {BOTH.others[0].role}" in page.text
    api = await (await room.at("amir")).get(f"/api/v1/practices/{practice}", headers={"Accept": "application/json"})
    assert [turn["speaker"] for turn in api.json()["turns"]] == [FIRST, SECOND, SECOND]
    assert api.json()["others"] == [f"{SECOND}, {BOTH.others[0].role}"]

    await finish(room.store, me, practice)
    await reflect(room.store, me, practice, "It went well.")
    told = await debrief(room.store, room.players, me, practice)
    assert set(told.shares) == {FIRST, SECOND}
    assert told.talk_ratio is not None
    assert sum(told.shares.values()) + told.talk_ratio == pytest.approx(1, abs=0.001)
    amir = await room.at("amir")
    page = await amir.get(f"/practice/{practice}/debrief")
    happened = page.text.partition('id="happened"')[2].partition('class="bars"')[0]
    assert all(any(part in happened for part in called(name)) for name in (FIRST, SECOND)), happened
    for name in (FIRST, SECOND):
        assert re.search(rf'<th scope="row">.*{name}</th><td class="number">\d+ %</td>', page.text)
    page = await amir.get(f"/practice/{practice}/unsaid")
    counts = [len(person.concerns) for person in BOTH.people]
    assert f"0 of {counts[0]} by {FIRST} and 1 of {counts[1]} by {SECOND}" in words(page.text)
    assert f"For example, to {FIRST}:" in words(page.text)
    branch_id = await branch(room.store, me, practice, 2)
    await say(room, branch_id, f"{FIRST}, and you?")
    sides = (await compare(room.store, me, practice)).forks[0].sides
    assert [side.turns[0].speaker for side in sides] == [SECOND, FIRST]
    assert [came.person for came in sides[0].turns[0].opened or ()] == [SECOND]
    page = await amir.get(f"/practice/{practice}/branches")
    assert f"{SECOND}: {scene.turns[1].reply}" in words(page.text)
    found = await what_stayed_unsaid(room.store, me, practice)
    assert [(each.person, each.concern_id, each.opened) for each in found] == [
        (person.name, concern.id, concern.id == "outage") for person in BOTH.people for concern in person.concerns
    ]


async def test_everybody_and_what_is_good_to_know_stand_there_before_it_begins(practised: tuple[Room, str]) -> None:
    room, _practice = practised
    amir = await room.at("amir")
    desk = await amir.get("/practice")
    shelf, begins = desk.text.index(CARE[0]), desk.text.index('action="/practice/begin"')
    assert shelf < begins
    assert all(note in desk.text for note in CARE)
    assert f"With {FIRST}, {BOTH.persona.role}; {SECOND}, {BOTH.others[0].role}" in words(desk.text)
    cards = await amir.get("/api/v1/scenarios", headers={"Accept": "application/json"})
    [card] = cards.json()
    assert (card["people"], card["safety_notes"]) == ([FIRST, SECOND], list(CARE))
    example = await amir.get(f"/practice/example/{card['version_id']}")
    assert f"{FIRST} and {SECOND} are played by" in words(example.text)
    assert example.text.index(CARE[0]) < example.text.index('action="/practice/begin"')
    shown = await amir.get(f"/api/v1/scenarios/{card['version_id']}/example", headers={"Accept": "application/json"})
    assert shown.json()["others"] == [f"{SECOND}, {BOTH.others[0].role}"]
    begun = await amir.post(
        f"/api/v1/scenarios/{card['version_id']}/practices", json={}, headers={"Accept": "application/json"}
    )
    assert begun.json()["others"] == [f"{SECOND}, {BOTH.others[0].role}"]


async def test_whom_abuse_was_said_to_draws_the_line_and_ends_the_scene(practised: tuple[Room, str]) -> None:
    room, practice = practised
    first = await say(room, practice, f"{SECOND}, you are a worthless piece of shit.")
    assert {data["speaker"] for kind, data in first if kind in {"piece", "done"}} == {SECOND}
    assert f"{SECOND} has drawn a line" in first[-1][1]["boundary"]
    async with room.store.read() as work:
        scene = await load_scene(work, practice, room.company.amir.person_id, Purpose.OWN_PRACTICE)
    assert [state.mood - person.mood for state, person in zip(scene.state.people, BOTH.people, strict=True)] == [0, -1]
    page = await (await room.at("amir")).get(f"/practice/{practice}")
    assert f"{SECOND} has drawn a line" in words(page.text)
    last = await say(room, practice, "You worthless piece of shit.")
    assert (last[-1][1]["speaker"], last[-1][1]["ended"]) == (SECOND, True)
    page = await (await room.at("amir")).get(f"/practice/{practice}")
    assert f"{SECOND} has ended the talk for everybody" in words(page.text)


async def test_a_secret_of_one_in_the_mouth_of_the_other_is_never_heard(practised: tuple[Room, str]) -> None:
    room, practice = practised
    secret = BOTH.others[0].concerns[0].fact
    persona = ScriptedPersona([secret])
    live: LiveTurns = room.app.state.application.live
    object.__setattr__(live._ensemble, "persona", persona)
    told = await say(room, practice, f"{FIRST}, what does {SECOND} hide from us?")
    assert told[-1][1]["speaker"] == FIRST
    assert secret not in told[-1][1]["reply"]
    assert all(secret not in cue.model_dump_json() for cue in persona.cues)


def lines(content: dict[str, Any]) -> Iterator[str]:
    for section in sections(content):
        for part in section.parts:
            for each in (*part.lines, *(line for fold in part.folds for line in fold.lines)):
                yield "".join(piece.text for piece in each.pieces)


def test_who_reviews_reads_every_deck_in_full() -> None:
    content = shown(THREE.model_dump_json())
    on_page = list(lines(content))
    console = Console(file=io.StringIO(), width=400)
    console.print(_side_by_side(content, {}, {}))
    in_terminal = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    for person in THREE.people:
        texts = [person.name, person.role, person.stance, *person.goals]
        for concern in person.concerns:
            texts += [concern.fact, concern.cover, concern.voiced]
        for text in texts:
            assert any(text in line for line in on_page), text
            assert text in in_terminal, text
    headings = [part.heading for section in sections(content) for part in section.parts]
    assert "Also there: Tom Weiss" in headings
    assert {text for path, text in text_fields(content).items() if path.startswith("others") and path.endswith("fact")}


def test_the_judge_reads_every_deck_that_a_criterion_about_the_persona_reads() -> None:
    criterion = CRITERIA.criteria[0].model_copy(update={"scope": (Scope.PERSONA,)})
    fields = question_about(BOTH.model_dump_json(), criterion, CHARTER).fields
    fact = BOTH.others[0].concerns[0].fact
    assert fields["others[0].concerns[0].fact"] == fact
    assert "others[0].objections[0].line" in prose(fields, True)
    assert prose(fields, False) == {}
    elsewhere = CRITERIA.criteria[0].model_copy(update={"scope": (Scope.SETTING,)})
    assert set(question_about(BOTH.model_dump_json(), elsewhere, CHARTER).fields) == {"setting"}


def test_changing_who_else_is_there_is_weighed_like_the_first_persons_deck() -> None:
    before = BOTH.content()
    assert classify(SubjectKind.SCENARIO, SCENARIO.content(), before).risk is RiskClass.HIGH
    for field, risk in (("stance", RiskClass.HIGH), ("role", RiskClass.ORDINARY)):
        other = before["others"][0] | {field: "Something else entirely."}
        assert classify(SubjectKind.SCENARIO, before, before | {"others": [other]}).risk is risk
    assert names_in(BOTH.content()) == (FIRST, SECOND)
