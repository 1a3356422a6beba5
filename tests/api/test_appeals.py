"""Appeals over HTTP and on the review desk."""

from __future__ import annotations

from api.judging_words import answered, appealed, closer
from tests.api.room import Room, room, sent, words

__all__ = ["room"]

WHY = "The goal asks people to ask first."


async def test_a_person_says_why_a_level_is_wrong_and_reads_both_answers(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    desk = await maria.get(at)
    assert words(desk.text).count("Say why this level is wrong") == 2
    typed = {"appeal.argument.asks": WHY, "comment.text.opening_line": "Warmer."}
    answer = await maria.post(at, data=sent(desk.text, appeal="asks") | typed)
    page = words(answer.text)
    assert f"Held against this level: {WHY}" in page
    assert "The judge, asked once more: It stays at “practised”. as told" in page
    assert "answered an appeal about “asks”. It stays at “practised”." in page
    kept = sent(answer.text)
    assert kept["comment.text.opening_line"] == "Warmer."
    assert not kept.get("appeal.argument.asks")

    empty = await maria.post(at, data=sent(answer.text, appeal="asks"))
    assert empty.status_code == 422
    assert "Say why the level is wrong." in words(empty.text)
    stale = sent(answer.text, appeal="plainness") | {"appeal.argument.plainness": WHY, "review_digest": "0" * 64}
    refused = await maria.post(at, data=stale)
    assert refused.status_code == 409
    assert sent(refused.text)["appeal.argument.plainness"] == WHY

    route = f"/api/v1/checkpoints/{checkpoint.id}/criteria/plainness/appeal"
    body = {"argument": WHY, "review_digest": checkpoint.review_digest}
    made = await maria.post(route, json=body)
    assert made.status_code == 201
    assert made.json()["first_level"] == made.json()["level"] == "practised"
    assert (await maria.post(route, json={**body, "argument": ""})).status_code == 422
    assert (await (await room.at("amir")).post(route, json=body)).status_code == 403


def test_every_answer_has_its_sentence() -> None:
    detail = {"criterion_id": "asks_first", "first_level": "named", "level": "well_done", "status": "valid", "note": ""}
    assert answered(detail) == "It now says “well done”. The verdict stays as it was."
    assert answered(detail | {"level": "named"}) == "It stays at “named”."
    assert "cannot tell" in answered(detail | {"status": "abstained", "level": None})
    assert "aside: No passage. The verdict" in answered(detail | {"status": "invalid", "note": "No passage."})
    assert appealed(detail).startswith("answered an appeal about “asks first”. It now")
    assert closer({"criteria": ["asks_first", "plain"]}).endswith("asks first, plain")
