"""No word of a reply is lost or doubled: whoever leaves, comes back, sends twice; and with a database that is away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import Any

import httpx
import pytest

from agents.persona import PersonaCue
from evidence.errors import Conflict
from graphs import practising
from store.purpose import Purpose
from store.records import Turn
from store.repositories.practices import Practices
from tests.api.furnished import House, Houses, furniture, house, houses
from tests.api.journey import hear, ok, parse
from tests.api.test_streams import HesitantPersona, SilentPersona, begin, served, speaking, stored, until
from tests.company import OFFLINE, ensemble

__all__ = ["furniture", "house", "houses"]

SAID = "What is behind it?"
REPLY = ["It was ", "the plan, ", "as so often."]
BAD = ["As an AI ", "language model I cannot say."]
TAKES = [*BAD, "", *REPLY]  # what is heard of a reply that is taken again, with a reset where nothing stands
KINDS = ["piece" if each else "reset" for each in TAKES] + ["done"]
EVENTS = {"Accept": "text/event-stream"}


class PacedPersona:
    """Says a piece whenever it is let go on by one."""

    def __init__(self, *takes: Sequence[str]) -> None:
        self.provenance = OFFLINE
        self.takes = list(takes)
        self.spoken = 0
        self.steps = asyncio.Semaphore(0)

    def go_on(self, pieces: int) -> None:
        for _ in range(pieces):
            self.steps.release()

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        take = self.takes[self.spoken % len(self.takes)]
        self.spoken += 1
        for piece in take:
            await self.steps.acquire()
            yield piece


async def another(house: House) -> str:
    """Another practice of amir's."""
    return await practising.begin(house.store, house.company.amir, house.things.signed)


async def turns_of(house: House, practice_id: str) -> list[Turn]:
    me: dict[str, Any] = {"reader": house.company.amir.person_id, "purpose": Purpose.OWN_PRACTICE}
    async with house.store.read() as work:
        return await work.practices.turns(practice_id, complete_only=False, **me)


async def hear_some(client: httpx.AsyncClient, url: str, count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Listen until so many events came, then go away without a word."""
    text = ""
    async with client.stream("GET", url) as answer:
        if count:
            async for part in answer.aiter_text():
                text += part
                if text.count("\n\n") >= count:
                    break
    return parse(text[: text.rindex("\n\n")]) if count else []


def stands(events: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
    """What a page shows in the end."""
    shown = ""
    for _, kind, data in events:
        shown = "" if kind == "reset" else shown + (data["text"] if kind == "piece" else "")
    return shown


async def test_who_leaves_at_any_event_of_a_reply_that_is_taken_again_hears_every_word_once(houses: Houses) -> None:
    """In the same process, and in one that has nothing of it but what is stored."""
    persona = PacedPersona(BAD, REPLY)
    house = await houses(ensemble(persona=persona))
    live = house.app.state.application.live
    async with served(house) as client:
        for count in range(len(KINDS) + 1):
            practice = await another(house)
            url = f"/api/v1/practices/{practice}/turns"
            url = ok(await client.post(url, json={"text": SAID}), 202)["stream"]
            persona.go_on(min(count, len(TAKES)) - (count > len(BAD)))  # a reset waits for nobody
            heard = await hear_some(client, url, count)
            assert len(heard) >= count
            await until(lambda key=practice: live._turns[key].listeners == 0)  # type: ignore[misc]
            told = len([each for each in live._turns[practice].events if each.kind == "piece"])
            persona.go_on(len(BAD) + len(REPLY) - told)
            last = heard[-1][0] if heard else ""
            over = bool(heard) and heard[-1][1] == "done"
            rest = [] if over else await hear(client, url, last)
            whole = heard + rest
            assert [kind for _, kind, _ in whole] == KINDS, count
            assert [int(number.split(".")[2]) for number, _, _ in whole] == list(range(1, len(KINDS) + 1))
            assert stands(whole) == "".join(REPLY) == whole[-1][2]["reply"]
            live._turns.clear()  # as after a restart
            again = heard + ([] if over else await hear(client, url, last))
            assert [each[:2] for each in again] == [each[:2] for each in whole]
            assert stands(again) == stands(whole)
            [turn] = await turns_of(house, practice)
            assert (turn.attempt, turn.status, turn.reply) == (1, "complete", "".join(REPLY))


async def test_who_comes_back_within_the_grace_keeps_the_reply_alive(houses: Houses) -> None:
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona), grace_seconds=0.3)
    async with served(house) as client:
        url = await begin(client, house, persona)
        heard = await hear_some(client, url, 2)
        await until(lambda: speaking(house).listeners == 0)
        rest = asyncio.create_task(hear(client, url, heard[-1][0]))
        await until(lambda: speaking(house).listeners == 1)
        await asyncio.sleep(0.5)
        assert not persona.cut_short.is_set(), "the grace of the first leaving does not run on"
        persona.go_on.set()
        assert stands(heard + await rest) == "Well, since you ask: it is what it is."


async def test_one_of_two_listeners_may_leave(houses: Houses) -> None:
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona), grace_seconds=0.1)
    async with served(house) as client:
        url = await begin(client, house, persona)
        stays = asyncio.create_task(hear(client, url))
        await until(lambda: speaking(house).listeners == 1)
        await hear_some(client, url, 1)
        await until(lambda: speaking(house).listeners == 1)
        await asyncio.sleep(0.3)
        persona.go_on.set()
        assert (await stays)[-1][1] == "done"


async def test_while_the_reply_is_under_way_nothing_is_unanswered(houses: Houses) -> None:
    persona = SilentPersona()
    house = await houses(ensemble(persona=persona))
    async with served(house) as client:
        await begin(client, house, persona)
        await until(lambda: speaking(house).words_kept)
        view = f"/api/v1/practices/{house.things.practice}"
        assert ok(await client.get(view))["unanswered"] is None
        page = await client.get(f"/practice/{house.things.practice}", headers={"Accept": "text/html"})
        assert "broke off" not in page.text
        persona.go_on.set()
        await until(lambda: speaking(house).over)
        assert ok(await client.get(view))["unanswered"] is None
        assert len(ok(await client.get(view))["turns"]) == 2
    assert [turn.status for turn in await stored(house)] == ["complete", "complete"]


async def test_one_numbered_message_sent_many_times_at_once_is_one_turn(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them once looked for the others before any had begun, and all but one were told to wait."""

    async def slowly(*_: object, **__: object) -> None:
        await asyncio.sleep(0.1)

    monkeypatch.setattr("graphs.live.may_play", slowly)
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona))
    url = f"/api/v1/practices/{house.things.practice}/turns"
    async with served(house) as client:
        key = {"Idempotency-Key": "once"}
        answers = await asyncio.gather(*(client.post(url, json={"text": SAID}, headers=key) for _ in range(8)))
        assert [answer.status_code for answer in answers] == [202] * 8
        assert len({answer.text for answer in answers}) == 1
        assert (await client.post(url, json={"text": SAID})).status_code == 409, "another message is another one"
        persona.go_on.set()
        await hear(client, answers[0].json()["stream"])
    assert persona.spoken == 1


@pytest.mark.parametrize("status", ["paused", "finished"])
async def test_a_reply_that_comes_after_the_scene_was_ended_elsewhere_is_no_turn(houses: Houses, status: str) -> None:
    """The debrief is of what was said before the end; the words are kept, and nobody is told they were heard."""
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona))
    async with served(house) as client:
        url = await begin(client, house, persona)
        async with house.store.write() as work:  # as another process does, which cannot stop this reply
            await work.practices.set_status(house.things.practice, status, expected=["open"])
        persona.go_on.set()
        events = await hear(client, url)
        assert (events[-1][1], events[-1][2]["kind"]) == ("failed", "conflict")
        assert "paused or ended" in events[-1][2]["detail"]
        assert len(ok(await client.get(f"/api/v1/practices/{house.things.practice}"))["turns"]) == 1
    last = (await stored(house))[-1]
    assert (last.status, last.reply) == ("partial", "Well, since you ask: it is what it is.")


async def test_messages_in_the_very_moment_the_scene_ends_are_refused_and_leave_nothing(houses: Houses) -> None:
    """Abuse ends a scene the second time: code speaks, so the end comes as fast as it can."""
    house = await houses(ensemble(persona=PacedPersona(REPLY)))
    practice = await another(house)
    url, abuse = f"/api/v1/practices/{practice}/turns", "You are a worthless piece of shit."
    async with served(house) as client:
        assert parse((await client.post(url, json={"text": abuse}, headers=EVENTS)).text)[-1][1] == "done"
        answers = await asyncio.gather(*(client.post(url, json={"text": abuse}) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [202] + [409] * 11
        for refused in (answer.json() for answer in answers if answer.status_code == 409):
            assert refused["detail"]
            assert refused["todo"]
        [begun] = [answer.json() for answer in answers if answer.status_code == 202]
        assert (await hear(client, begun["stream"]))[-1][2]["ended"]
        late = await client.post(url, json={"text": SAID})
        assert (late.status_code, late.json()["detail"]) == (409, "This practice is finished.")
    assert [(turn.number, turn.status) for turn in await turns_of(house, practice)] == [
        (1, "complete"),
        (2, "complete"),
    ]


async def test_a_message_that_races_the_end_is_in_the_scene_or_refused(houses: Houses) -> None:
    """Never is there a turn in a scene that was ended before it."""
    house = await houses(ensemble(persona=PacedPersona(["Hm."])))
    house.app.state.application.live._ensemble.persona.go_on(100)
    async with served(house) as client:
        for _ in range(6):
            practice = await another(house)
            path = f"/api/v1/practices/{practice}"
            await client.post(f"{path}/turns", json={"text": SAID}, headers=EVENTS)
            said, ended = await asyncio.gather(
                client.post(f"{path}/turns", json={"text": SAID}, headers=EVENTS), client.post(f"{path}/finish")
            )
            assert ended.status_code == 204
            done = said.status_code == 200 and parse(said.text)[-1][1] == "done"
            view = ok(await client.get(path))
            assert (view["status"], len(view["turns"])) == ("finished", 2 if done else 1)


def away(*_: object, **__: object) -> Any:
    raise sqlite3.OperationalError("disk I/O error")


async def test_a_database_that_is_away_for_a_moment_costs_no_word(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona))
    real = Practices.add_turn
    refused: list[int] = []

    async def away_twice(self: Practices, *given: Any, **named: Any) -> None:
        if len(refused) < 2:
            refused.append(1)
            away()
        await real(self, *given, **named)

    async with served(house) as client:
        with monkeypatch.context() as broken:
            broken.setattr(Practices, "add_pieces", away)
            url = await begin(client, house, persona)
            await asyncio.sleep(0.5)
        monkeypatch.setattr(Practices, "add_turn", away_twice)
        persona.go_on.set()
        events = await hear(client, url)
        assert events[-1][1] == "done"
        assert len(refused) == 2
        house.app.state.application.live._turns.clear()
        assert stands(await hear(client, url)) == stands(events) == events[-1][2]["reply"]
    assert [(turn.number, turn.attempt, turn.status) for turn in await stored(house)][1:] == [(2, 1, "complete")]


async def test_a_file_that_another_process_has_locked_is_waited_for(houses: Houses) -> None:
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona))
    place = house.store.database.engine.url.database
    assert place
    async with served(house) as client:
        url = await begin(client, house, persona)
        listening = asyncio.create_task(hear(client, url))
        with closing(sqlite3.connect(place, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0.4)
            persona.go_on.set()
            await until(lambda: len(speaking(house).pieces) == 3)
            assert not listening.done(), "done is told of what is stored"
            other.execute("ROLLBACK")
        assert stands(await listening) == "Well, since you ask: it is what it is."
    assert [turn.status for turn in await stored(house)] == ["complete", "complete"]


@pytest.mark.parametrize("words", ["I don't want to live any more, this is really about me.", "Pause"])
async def test_words_that_are_no_turn_are_never_kept_whatever_breaks(
    house: House, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said in distress was once kept as a partial attempt where the scene could not be stopped."""

    async def broken(*_: object, **__: object) -> None:
        raise Conflict("This practice has moved on.")

    monkeypatch.setattr(Practices, "set_status", broken)
    amir = await house.at("amir")
    before = await house.counts()
    url = f"/api/v1/practices/{house.things.practice}/turns"
    events = parse((await amir.post(url, json={"text": words}, headers=EVENTS)).text)
    assert events[-1][1] == "failed"
    assert await house.counts() == before
    assert ok(await amir.get(f"/api/v1/practices/{house.things.practice}"))["unanswered"] is None
