"""Listening to a reply over real connections: leaving, coming back, stopping, speaking twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from agents.persona import PersonaCue
from store.purpose import Purpose
from store.records import Turn
from tests.api.furnished import House, Houses, furniture, house, houses
from tests.api.journey import hear, ok, parse
from tests.company import OFFLINE, ensemble

__all__ = ["furniture", "house", "houses"]


class HesitantPersona:
    """Says a few words, then nothing until it is told to go on; knows whether it was cut short."""

    def __init__(self) -> None:
        self.provenance = OFFLINE
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cut_short = asyncio.Event()
        self.spoken = 0

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        self.spoken += 1
        yield "Well, "
        yield "since you ask: "
        self.began.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cut_short.set()
            raise
        yield "it is what it is."


class SilentPersona(HesitantPersona):
    """Has not said a word yet."""

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        self.spoken += 1
        self.began.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cut_short.set()
            raise
        yield "Yes."


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The application behind a real server on the loopback, with amir logged in."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(house.app, lifespan="off", ws="none", log_level="error", timeout_graceful_shutdown=1)
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as client:
                body = {"login": "amir", "password": house.company.password}
                ok(await client.post("/api/v1/session", json=body), 204)
                yield client
        finally:
            server.should_exit = True
            await serving


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that happens on its own; the test fails where it does not."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


async def stored(house: House) -> list[Turn]:
    """Every attempt at every turn of amir's practice."""
    async with house.store.read() as work:
        return await work.practices.turns(
            house.things.practice,
            reader=house.company.amir.person_id,
            purpose=Purpose.OWN_PRACTICE,
            complete_only=False,
        )


def speaking(house: House) -> Any:
    """The turn under way, as the process knows it."""
    return house.app.state.application.live._turns[house.things.practice]


async def begin(client: httpx.AsyncClient, house: House, persona: HesitantPersona) -> str:
    """Say something and wait until the reply has begun; gives the stream's address."""
    url = f"/api/v1/practices/{house.things.practice}/turns"
    stream = ok(await client.post(url, json={"text": "How is it, from where you sit?"}), 202)["stream"]
    async with asyncio.timeout(10):
        await persona.began.wait()
    return str(stream)


@pytest.fixture
def persona() -> HesitantPersona:
    return HesitantPersona()


@pytest.fixture
async def hesitant(houses: Houses, persona: HesitantPersona) -> House:
    return await houses(ensemble(persona=persona))


async def test_a_listener_who_leaves_loses_nothing(hesitant: House, persona: HesitantPersona) -> None:
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        heard = ""
        async with client.stream("GET", url) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for piece in answer.aiter_text():
                heard += piece
                if "since you ask" in heard:
                    break
        await until(lambda: speaking(hesitant).listeners == 0)
        assert not persona.cut_short.is_set()
        persona.go_on.set()
        await until(lambda: speaking(hesitant).over)
        whole = await hear(client, url)
        last = parse(heard)[-1][0]
        assert parse(heard) + await hear(client, url, last) == whole
    assert whole[-1][1] == "done"
    assert whole[-1][2]["reply"] == "Well, since you ask: it is what it is."
    assert persona.spoken == 1
    assert [(turn.number, turn.status) for turn in await stored(hesitant)] == [(1, "complete"), (2, "complete")]


async def test_a_reply_that_nobody_hears_any_more_ends_after_its_grace(houses: Houses) -> None:
    persona = HesitantPersona()
    house = await houses(ensemble(persona=persona), grace_seconds=0.2)
    async with served(house) as client:
        url = await begin(client, house, persona)
        async with client.stream("GET", url) as answer:
            async for _ in answer.aiter_text():
                await asyncio.sleep(0.5)  # longer than the grace: while somebody listens, it does not run
                break
            assert not persona.cut_short.is_set()
        async with asyncio.timeout(10):
            await persona.cut_short.wait()
        await until(lambda: speaking(house).over)
        assert (await hear(client, url))[-1][2]["kind"] == "stopped"
    assert [(turn.number, turn.status) for turn in await stored(house)] == [(1, "complete"), (2, "partial")]


@pytest.mark.parametrize("kind", [HesitantPersona, SilentPersona])
async def test_a_reply_that_nobody_ever_came_to_hear_ends_too(houses: Houses, kind: type[HesitantPersona]) -> None:
    persona = kind()
    house = await houses(ensemble(persona=persona), grace_seconds=0.1)
    async with served(house) as client:
        await begin(client, house, persona)
        async with asyncio.timeout(10):
            await persona.cut_short.wait()
        await until(lambda: speaking(house).over)


async def test_leaving_before_the_first_word_is_noticed(houses: Houses) -> None:
    persona = SilentPersona()
    house = await houses(ensemble(persona=persona), grace_seconds=0.2)
    async with served(house) as client:
        url = await begin(client, house, persona)
        async with client.stream("GET", url) as answer:
            assert answer.status_code == 200, "the stream begins before the first word"
            await until(lambda: speaking(house).listeners == 1)
        async with asyncio.timeout(10):
            await persona.cut_short.wait()


async def test_stopping_ends_the_reply_and_keeps_what_was_said(hesitant: House, persona: HesitantPersona) -> None:
    practice = f"/api/v1/practices/{hesitant.things.practice}"
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        listening = asyncio.create_task(hear(client, url))
        await until(lambda: speaking(hesitant).listeners == 1)
        async with asyncio.timeout(5):
            ok(await client.post(f"{practice}/stop"), 204)
        assert persona.cut_short.is_set()
        events = await listening
        assert events[-1][1] == "failed"
        assert events[-1][2]["kind"] == "stopped"
        assert (await client.post(f"{practice}/stop")).status_code == 409
        last = (await stored(hesitant))[-1]
        assert (last.number, last.attempt, last.status) == (2, 1, "partial")
        assert last.reply == "Well, since you ask: "
        assert last.learner_text == "How is it, from where you sit?"
        assert len(ok(await client.get(practice))["turns"]) == 1
        persona.go_on.set()
        again = await hear(client, await begin(client, hesitant, persona))
    assert again[-1][1] == "done"
    assert again[-1][0].startswith("2.2.")
    assert [(turn.number, turn.attempt, turn.status) for turn in await stored(hesitant)] == [
        (1, 1, "complete"),
        (2, 1, "partial"),
        (2, 2, "complete"),
    ]


async def test_stopping_twice_at_once_ends_one_reply_once(hesitant: House, persona: HesitantPersona) -> None:
    stop = f"/api/v1/practices/{hesitant.things.practice}/stop"
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        answers = await asyncio.gather(*(client.post(stop) for _ in range(5)))
        assert {answer.status_code for answer in answers} <= {204, 409}
        assert 204 in {answer.status_code for answer in answers}
        assert [kind for _, kind, _ in await hear(client, url)].count("failed") == 1
    assert [turn.status for turn in await stored(hesitant)] == ["complete", "partial"]


async def test_stopping_at_once_leaves_nothing_stuck(hesitant: House, persona: HesitantPersona) -> None:
    live, amir = hesitant.app.state.application.live, hesitant.company.amir.person_id
    await live.say(hesitant.things.practice, amir, "How is it?")
    await live.stop(hesitant.things.practice, amir)  # before the turn's task has had a chance to run
    assert speaking(hesitant).over
    persona.go_on.set()
    again = await live.say(hesitant.things.practice, amir, "How is it?")
    events = [event async for event in live.listen(hesitant.things.practice, amir, turn=again.number)]
    assert events[-1].kind == "done"


async def test_a_turn_that_cannot_be_kept_while_it_is_spoken_still_ends(
    hesitant: House, persona: HesitantPersona, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    from store.repositories.practices import Practices

    monkeypatch.setattr(Practices, "add_pieces", broken)
    monkeypatch.setattr(Practices, "add_turn", broken)
    live, amir = hesitant.app.state.application.live, hesitant.company.amir.person_id
    turn = await live.say(hesitant.things.practice, amir, "How is it?")
    persona.go_on.set()
    events = [event async for event in live.listen(hesitant.things.practice, amir, turn=turn.number)]
    assert events[-1].kind == "failed"
    monkeypatch.undo()
    turn = await live.say(hesitant.things.practice, amir, "How is it?")
    events = [event async for event in live.listen(hesitant.things.practice, amir, turn=turn.number)]
    assert events[-1].kind == "done"


@pytest.mark.parametrize("action", ["pause", "finish"])
async def test_pausing_and_finishing_do_not_wait_for_the_other_person(
    hesitant: House, persona: HesitantPersona, action: str
) -> None:
    practice = f"/api/v1/practices/{hesitant.things.practice}"
    async with served(hesitant) as client:
        await begin(client, hesitant, persona)
        ok(await client.post(f"{practice}/{action}"), 204)
        assert persona.cut_short.is_set()
        view = ok(await client.get(practice))
    assert view["status"] == {"pause": "paused", "finish": "finished"}[action]
    assert len(view["turns"]) == 1
    assert [turn.status for turn in await stored(hesitant)] == ["complete", "partial"]


async def test_who_speaks_while_the_other_speaks_is_asked_to_wait(hesitant: House, persona: HesitantPersona) -> None:
    url = f"/api/v1/practices/{hesitant.things.practice}/turns"
    async with served(hesitant) as client:
        stream = await begin(client, hesitant, persona)
        late = await client.post(url, json={"text": "And?"})
        assert late.status_code == 409
        assert "Wait" in late.json()["todo"]
        persona.go_on.set()
        assert (await hear(client, stream))[-1][1] == "done"
        answers = await asyncio.gather(*(client.post(url, json={"text": f"Question {n}?"}) for n in range(8)))
        assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
        await hear(client, stream.replace("turns/2", "turns/3"))
    assert [(turn.number, turn.attempt) for turn in await stored(hesitant)] == [(1, 1), (2, 1), (3, 1)]


async def test_two_listeners_hear_the_same(hesitant: House, persona: HesitantPersona) -> None:
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        early = asyncio.create_task(hear(client, url))
        await until(lambda: speaking(hesitant).listeners == 1)
        late = asyncio.create_task(hear(client, url))
        await until(lambda: speaking(hesitant).listeners == 2)
        persona.go_on.set()
        first, second = await early, await late
    assert first == second
    assert [kind for _, kind, _ in first] == ["piece", "piece", "piece", "done"]
    assert [int(number.split(".")[2]) for number, _, _ in first] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "after", ["2.1.999999", "2.1.-1", "2.1", "..", "2.1.3.4", "²", "2.1.٣", "x" * 3000, "9" * 5000, "2.1.1e3", "' OR 1"]
)
async def test_a_last_event_id_that_never_was_does_not_hold_up_the_server(
    hesitant: House, persona: HesitantPersona, after: str
) -> None:
    """An id beyond the last event once made the listener spin without ever letting go of the event loop."""
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        headers = [(b"last-event-id", after.encode("utf-8"))]
        answer = await client.get(url, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["where"] == "Last-Event-ID"
        persona.go_on.set()
        await until(lambda: speaking(hesitant).over)
        assert (await client.get(url, headers=headers)).status_code == 422
        hesitant.app.state.application.live._turns.clear()  # as after a restart
        assert (await client.get(url, headers=headers)).status_code == 422
        other = await client.get(f"/api/v1/runs/{hesitant.things.run}/events", headers=headers)
        assert other.status_code == 403, "not amir's to follow, whatever the header"


async def test_an_id_of_an_earlier_attempt_begins_anew(hesitant: House, persona: HesitantPersona) -> None:
    persona.go_on.set()
    async with served(hesitant) as client:
        url = await begin(client, hesitant, persona)
        assert await hear(client, url, "2.9.2") == await hear(client, url) == await hear(client, url, "1.1.1")


@pytest.mark.parametrize("turn", ["0", "-1", "3", "99999999999999999999999", "2147483648"])
async def test_a_turn_that_was_never_taken_cannot_be_heard(house: House, turn: str) -> None:
    amir = await house.at("amir")
    answer = await amir.get(f"/api/v1/practices/{house.things.practice}/turns/{turn}/stream")
    assert answer.status_code == 404


async def test_a_reply_lost_with_the_process_is_said_to_be_lost(house: House) -> None:
    amir = await house.at("amir")
    url = f"/api/v1/practices/{house.things.practice}/turns/2/stream"
    [(_, kind, data)] = await hear(amir, url)
    assert kind == "failed"
    assert data["kind"] == "interrupted"
    assert data["todo"]


async def test_a_run_tells_its_trace_from_where_it_was_left(house: House) -> None:
    maria = await house.at("maria")
    url = f"/api/v1/runs/{house.things.run}/events"
    events = await hear(maria, url)
    assert await hear(maria, url, "999999999") == [("999999999", *events[-1][1:])]
    for after in ("x", "²", "-1", "9" * 5000, "1.1", "1 2"):
        answer = await maria.get(url, headers=[(b"last-event-id", after.encode("latin-1"))])
        assert answer.status_code == 422
        assert json.loads(answer.text)["todo"]


EVENTS = {"Accept": "text/event-stream"}


@contextlib.asynccontextmanager
async def said(client: httpx.AsyncClient, house: House, text: str, **headers: str) -> AsyncIterator[httpx.Response]:
    """Say something and hear the reply in the same answer."""
    url = f"/api/v1/practices/{house.things.practice}/turns"
    async with client.stream("POST", url, json={"text": text}, headers=EVENTS | headers) as answer:
        yield answer


async def test_the_reply_comes_in_the_answer_to_who_takes_events(hesitant: House, persona: HesitantPersona) -> None:
    persona.go_on.set()
    async with served(hesitant) as client:
        async with said(client, hesitant, "How is it?") as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            where = answer.headers["content-location"]
            events = parse((await answer.aread()).decode())
        assert [kind for _, kind, _ in events] == ["piece", "piece", "piece", "done"]
        assert "".join(data["text"] for _, kind, data in events if kind == "piece") == events[-1][2]["reply"]
        assert await hear(client, where) == events, "the listening route gives the same words under the same ids"
        hesitant.app.state.application.live._turns.clear()  # as after a restart
        stored_events = await hear(client, where)
        assert [each[:2] for each in stored_events] == [each[:2] for each in events]
    assert [(turn.number, turn.status) for turn in await stored(hesitant)] == [(1, "complete"), (2, "complete")]


async def test_who_loses_the_answer_hears_the_rest_where_it_says(hesitant: House, persona: HesitantPersona) -> None:
    heard = ""
    async with served(hesitant) as client:
        async with said(client, hesitant, "How is it?") as answer:
            where = answer.headers["content-location"]
            async for piece in answer.aiter_text():
                heard += piece
                if "since you ask" in heard:
                    break
        await until(lambda: speaking(hesitant).listeners == 0)
        assert not persona.cut_short.is_set(), "who leaves does not end the reply"
        persona.go_on.set()
        await until(lambda: speaking(hesitant).over)
        before = parse(heard)
        rest = await hear(client, where, before[-1][0])
        assert before + rest == await hear(client, where)
    assert rest[-1][2]["reply"] == "Well, since you ask: it is what it is."
    assert persona.spoken == 1


async def test_what_is_refused_is_a_problem_and_no_stream(hesitant: House, persona: HesitantPersona) -> None:
    url = f"/api/v1/practices/{hesitant.things.practice}/turns"
    async with served(hesitant) as client:
        for text, status in (("", 422), (" \u200b ", 422), ("x" * 5000, 413), ("x" * 30_000, 422), ("a\0b", 422)):
            answer = await client.post(url, json={"text": text}, headers=EVENTS)
            assert answer.status_code == status, (text[:10], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
        await begin(client, hesitant, persona)
        assert (await client.post(url, json={"text": "And?"}, headers=EVENTS)).status_code == 409
        other = url.replace(hesitant.things.practice, hesitant.things.run)
        assert (await client.post(other, json={"text": "And?"}, headers=EVENTS)).status_code == 404
        client.cookies.clear()
        assert (await client.post(url, json={"text": "And?"}, headers=EVENTS)).status_code == 401


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/*", "", "text/event-streams"])
async def test_who_does_not_ask_for_events_is_told_where_they_are(
    hesitant: House, persona: HesitantPersona, accept: str
) -> None:
    url = f"/api/v1/practices/{hesitant.things.practice}/turns"
    async with served(hesitant) as client:
        begun = ok(await client.post(url, json={"text": "How is it?"}, headers={"Accept": accept}), 202)
    assert begun == {"turn": 2, "attempt": 1, "stream": f"{url}/2/stream"}


async def test_the_general_way_streams_too(hesitant: House, persona: HesitantPersona) -> None:
    persona.go_on.set()
    async with served(hesitant) as client:
        url = f"/api/v1/practices/{hesitant.things.practice}/turns?plain=no"
        answer = await client.post(url, json={"text": "How is it?"}, headers={"Accept": "a/b, text/event-stream;q=0.9"})
        assert parse(answer.text)[-1][1] == "done"


async def test_a_numbered_message_is_one_turn_however_often_it_is_sent(
    hesitant: House, persona: HesitantPersona
) -> None:
    live, key = hesitant.app.state.application.live, {"Idempotency-Key": "once"}
    url = f"/api/v1/practices/{hesitant.things.practice}/turns"
    async with served(hesitant) as client:
        first = ok(await client.post(url, json={"text": "How is it?"}, headers=key), 202)
        again = asyncio.create_task(client.post(url, json={"text": "How is it?"}, headers=key | EVENTS))
        await until(lambda: speaking(hesitant).listeners == 1)
        assert (await client.post(url, json={"text": "Or so?"}, headers=key)).status_code == 422
        assert (await client.post(url, json={"text": "Or so?"}, headers={"Idempotency-Key": "x y"})).status_code == 422
        persona.go_on.set()
        events = parse((await again).text)
        assert events[-1][1:] == ("done", events[-1][2] | {"turn": 2})
        assert ok(await client.post(url, json={"text": "How is it?"}, headers=key), 202) == first
        live._turns.clear()  # as after a restart: what is stored with the turn still knows the key
        assert ok(await client.post(url, json={"text": "How is it?"}, headers=key), 202) == first
        assert (await client.post(url, json={"text": "Or so?"}, headers=key)).status_code == 422
        heard = parse((await client.post(url, json={"text": "How is it?"}, headers=key | EVENTS)).text)
        assert [each[:2] for each in heard] == [each[:2] for each in events]
    assert persona.spoken == 1
    assert [(turn.number, turn.attempt) for turn in await stored(hesitant)] == [(1, 1), (2, 1)]


async def test_a_numbered_message_whose_reply_failed_may_be_sent_again(
    hesitant: House, persona: HesitantPersona
) -> None:
    key = {"Idempotency-Key": "once"}
    practice = f"/api/v1/practices/{hesitant.things.practice}"
    async with served(hesitant) as client:
        ok(await client.post(f"{practice}/turns", json={"text": "How is it?"}, headers=key), 202)
        ok(await client.post(f"{practice}/stop"), 204)
        persona.go_on.set()
        again = await client.post(f"{practice}/turns", json={"text": "How is it?"}, headers=key | EVENTS)
        assert parse(again.text)[-1][1] == "done"
    assert [(turn.number, turn.attempt, turn.status) for turn in await stored(hesitant)][1:] == [
        (2, 1, "partial"),
        (2, 2, "complete"),
    ]
