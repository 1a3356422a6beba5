"""Charters and criteria that cannot be: over HTTP, on the page and in the terminal, each with what to do."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from api.commands import command
from evidence.yaml_documents import dump_yaml
from graphs.proposing import propose
from tests.api.at_terminal import Office
from tests.api.room import Room, words
from tests.api.room import room as room
from tests.company import CHARTER, CRITERIA

GOOD, CHARTER_TEXT = dump_yaml(CRITERIA), dump_yaml(CHARTER)


def but(old: str, new: str, text: str = GOOD) -> str:
    """The good document with one thing wrong."""
    assert old in text
    return text.replace(old, new, 1)


# kind, document, what is said about it
WRONG = [
    ("criteria", but("anchor: It is named.", "anchor: ''"), "a text is needed here"),
    (
        "criteria",
        "\n".join(line for line in GOOD.split("\n") if "It is named." not in line),
        "'anchor' is missing: say",
    ),
    ("criteria", but("value: 0.5", "value: 1.0"), "does not come above 'named' (1)"),
    ("criteria", but("value: 0.5", "value: 2"), "at most 1"),
    ("criteria", but("pass_threshold: 0.6", "pass_threshold: 1.5"), "at most 1"),
    ("criteria", GOOD.replace("value: 1.0", "value: 0.55"), "can never be met: the highest levels add up to 0.550"),
    ("criteria", but("weight: 1.0", "weight: 0"), "greater than 0"),
    ("criteria", but("min_level: named", "min_level: splendid"), "the levels are absent, named, practised"),
    ("criteria", but("min_level: named", "veto_below: splendid"), "the levels are absent, named, practised"),
    ("criteria", but("min_level: named", "veto_below: absent"), "nothing could be below it"),
    ("criteria", but("min_level: named", "min_level: named\n    veto_below: practised"), "set veto_below to 'named'"),
    ("criteria", but("- ask-first", "- ask-frist"), "Did you mean 'ask-first'?"),
    ("criteria", but("id: plainness", "id: asks"), "every criterion needs an id of its own"),
    ("criteria", but("title:", "language: xx\ntitle:", GOOD.replace("language: en\n", "")), "Write one of de, en"),
    ("criteria", but("- ask-first", "- ask\u200b-first"), "U+200B (zero width space)"),
    ("criteria", CHARTER_TEXT, "This is a charter; a criteria set is expected here."),
    ("criteria", "", "The document is empty."),
    ("charter", GOOD, "This is a criteria set; a charter is expected here."),
    ("charter", but("id: plain", "id: ask-first", CHARTER_TEXT), "every clause needs an id of its own"),
    ("charter", but("id: plain", "id: pla\u2060in", CHARTER_TEXT), "U+2060 (word joiner)"),
    ("charter", "# nothing yet\n", "The document is empty."),
    ("charter", "x" * 1_000_001, "at most 1,000,000 are read"),
]


async def test_every_one_is_refused_over_http_and_on_the_page_and_nothing_is_stored(room: Room) -> None:
    sofia, at = await room.at("sofia"), f"/api/v1/programmes/{room.company.programme_id}/strategy"
    for kind, document, says in WRONG:
        answer = await sofia.post(f"{at}/{kind}", json={"document": document, "reason": "a test"})
        assert answer.status_code in (413, 422), (says, answer.text)
        problem = answer.json()
        assert says in problem["detail"] or any(says in each["detail"] for each in problem["problems"]), problem
        assert problem["todo"], problem
        assert problem["where"].startswith(kind), problem
        typed = {"document": document, "reason": "kept as typed", "programme": room.company.programme_id, "parent": ""}
        page = await sofia.post(f"/strategy/edit/{kind}", data=typed)
        assert page.status_code == answer.status_code, says
        assert says in words(page.text), (says, words(page.text)[:600])
        assert "kept as typed" in page.text
        assert unescape(page.text.partition('name="document"')[2].partition(">\n")[2]).startswith(document[:5000])
    for kind in ("charter", "criteria"):
        assert len((await sofia.get(f"{at}/{kind}")).json()) == 1


async def test_a_version_of_another_programme_is_no_parent(room: Room) -> None:
    async with room.store.write() as work:
        other = await work.strategy.add_programme("Others", round_budget=1)
    foreign = await propose(room.store, room.company.sofia, other, CRITERIA, reason="Theirs")
    sofia = await room.at("sofia")
    sent = {"document": GOOD, "reason": "a test", "parent_id": foreign.id}
    at = f"/api/v1/programmes/{room.company.programme_id}/strategy"
    for kind, status, says in (("criteria", 422, "belongs to another programme"), ("charter", 404, "no such charter")):
        document = GOOD if kind == "criteria" else CHARTER_TEXT
        answer = await sofia.post(f"{at}/{kind}", json=sent | {"document": document})
        assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
        typed = {"document": document, "reason": "kept", "programme": room.company.programme_id, "parent": foreign.id}
        page = await sofia.post(f"/strategy/edit/{kind}", data=typed)
        assert (page.status_code, says in words(page.text)) == (status, True)


def test_every_one_is_refused_in_the_terminal(here: Office) -> None:
    for kind, document, says in WRONG:
        Path("wrong.yaml").write_text(document, encoding="utf-8")
        told = here.told(kind, "propose", "wrong.yaml", "--login", "sofia", code=command.REFUSED)
        assert says.replace("at most 1,000,000 are", "at most 1,000 kB are") in told
        assert "wrong.yaml" in told


def test_a_parent_that_is_not_there_is_named(here: Office) -> None:
    Path("fine.yaml").write_text(GOOD, encoding="utf-8")
    told = here.told("criteria", "propose", "fine.yaml", "--parent", "99", "--login", "sofia", code=command.REFUSED)
    assert "There is no criteria version '99'. `conductor criteria list` lists them." in told
