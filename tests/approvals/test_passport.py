"""A passport verifies with the public key alone, and no single change of it goes unnoticed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from approvals.audit import GENESIS, Head, key_id_of, row_hash
from approvals.checkpoint import review_digest
from approvals.passport import (
    GivenVerdict,
    PassportContent,
    RecordedApproval,
    RecordedDecision,
    SignedScenario,
    StrategyDocument,
    build,
    excerpt,
    read,
    verify,
    written,
)
from approvals.policies import policy_named
from evidence.canonical import digest
from evidence.errors import InvalidInput

POLICY = f"one_reviewer/{policy_named('one_reviewer').version}"
CONTENT = {
    "title": "Two deadlines",
    "setting": "Friday, half past two. {who} sits down in your office.",
    "persona": {"name": "Nora", "goals": ["Keep her standing."]},
    "slots": [{"key": "who", "values": ["Nora", "Nele"]}],
}
CHARTER = {"title": "How we work", "clauses": [{"id": "ask-first", "text": "We ask before we solve."}]}
CRITERIA = {"title": "What we train", "criteria": [{"id": "asks", "question": "Does it practise asking?"}]}


class Key:
    """A signer whose key depends on the seed alone."""

    def __init__(self, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key_id = key_id_of(self._private.public_key())
        self.trusted = {self.key_id: self._private.public_key()}

    def sign(self, message: bytes) -> str:
        return self._private.sign(message).hex()


KEY = Key()


def filled(content: dict[str, Any]) -> dict[str, Any]:
    """The text with its slot filled, as the application does it."""
    found: dict[str, Any] = json.loads(json.dumps(content).replace("{who}", "Nora"))
    return found


def verdict(**changes: Any) -> dict[str, Any]:
    quote = "Nora sits down"
    start = filled(CONTENT)["setting"].index(quote)
    there = {"quote": quote, "field": "setting", "start": start, "end": start + len(quote), "status": "exact"}
    struck = {"quote": "never said", "field": "setting", "start": None, "end": None, "status": "absent"}
    sample = {"criterion_id": "asks", "evidence": [there, struck], "raw": "a reply", "usage": {"tokens": 3}}
    return {
        "outcome": "aligned",
        "vetoes": [],
        "score": 1.0,
        "results": [],
        "samples": [sample],
        "settled": {},
    } | changes


def content(given: dict[str, Any] | None = None, *, key: Key = KEY, extra: int = 2, **changes: Any) -> PassportContent:
    """What a passport shows, true in every part unless a change says otherwise."""
    stated = verdict() if given is None else given
    signed = review_digest(digest(CONTENT), "v1", POLICY)
    person = changes.get("person_id", "p1")
    rows, previous = [], GENESIS
    for number in range(1, extra + 4):
        about = number in (2, 3)
        row: dict[str, Any] = {
            "seq": number,
            "at": f"2026-11-22T10:00:0{number}+00:00",
            "actor": "agents" if number == 2 else "p1",
            "action": "approve" if number == 3 else "checkpoint opened" if number == 2 else "something",
            "subject": "checkpoint/c1" if about else "run/r1",
            "detail": {"digest": digest(CONTENT), "review_digest": signed} if about else {"n": number},
        }
        previous = row_hash(previous, row)
        rows.append((row, previous))
    head = Head.signed(key, seq=rows[-1][0]["seq"], hash_=previous, at="2026-11-22T10:00:09+00:00")
    approval = RecordedApproval(
        checkpoint_id="c1",
        sign_off_id="s1",
        signed_at="2026-11-22T10:00:03+00:00",
        policy=POLICY,
        subject={
            "kind": "scenario",
            "version_id": "t1",
            "digest": digest(CONTENT),
            "authors": changes.get("authors", ["p9"]),
            "outcome": stated["outcome"],
            "vetoes": stated["vetoes"],
            "risk": "ordinary",
        },
        review_digest=signed,
        decisions=[
            RecordedDecision(
                person_id=person,
                name="Jonas",
                kind=changes.get("kind", "approve"),
                roles=changes.get("roles", ["designer"]),
                reason="Good.",
                at="2026-11-22T10:00:03+00:00",
                review_digest=signed,
            )
        ],
        players={"persona": {"player": "offline", "model": "", "prompt": "0" * 64}},
        stale=[],
    )
    return PassportContent(
        scenario=SignedScenario(
            version_id="t1", number=1, title="Two deadlines", content=CONTENT, digest=digest(CONTENT)
        ),
        charter=StrategyDocument(version_id="a", kind="charter", number=1, content=CHARTER, digest=digest(CHARTER)),
        criteria=StrategyDocument(version_id="b", kind="criteria", number=1, content=CRITERIA, digest=digest(CRITERIA)),
        verdict=GivenVerdict(id="v1", content=stated),
        approval=approval,
        audit=excerpt(rows[0][1], rows[1:], head, lambda row: row["subject"] == "checkpoint/c1"),
    )


def made(given: dict[str, Any] | None = None, key: Key = KEY, **changes: Any) -> dict[str, Any]:
    return build(content(given, key=key, **changes), key, exported_at="2026-11-22T10:01:00+00:00")


@cache
def file() -> bytes:
    return written(made())


def findings(document: dict[str, Any], key: Key = KEY) -> list[str]:
    return verify(document, key.trusted, texts=filled)


def test_a_good_passport_holds_and_leaves_out_what_is_nobodys_business() -> None:
    document = read(file())
    assert findings(document) == []
    assert "a reply" not in file().decode()
    assert "run/r1" not in file().decode()
    assert "conductor passport verify" in document["about"]


def test_an_unknown_key_is_said_so() -> None:
    found = findings(read(file()), Key(2))
    assert len(found) == 2, "the passport's signature and the head's"
    assert all("not among those you trust" in each for each in found)


@given(st.data())
def test_no_single_byte_can_be_changed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(file()) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != file()[place]))
    changed = file()[:place] + bytes([byte]) + file()[place + 1 :]
    assert _refused(changed)


@given(st.data())
def test_nothing_can_be_cut_off_left_out_or_added(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(file()) - 1))
    end = data.draw(st.integers(start + 1, len(file())))
    assert _refused(file()[:start] + file()[end:])
    assert _refused(file()[:start] + data.draw(st.binary(min_size=1, max_size=8)) + file()[start:])


def _refused(data: bytes) -> bool:
    try:
        return bool(findings(read(data)))
    except InvalidInput:
        return True


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value that holds no others."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for name, each in inside:
        found = True
        yield from leaves(each, (*path, name))
    if not found:
        yield path


@pytest.mark.parametrize("path", list(leaves(made())), ids=lambda path: ".".join(map(str, path)))
def test_no_field_can_be_changed(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(made())
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    old = inner[path[-1]]
    inner[path[-1]] = (
        not old
        if isinstance(old, bool)
        else old + 1
        if isinstance(old, int | float)
        else old[:-1] + ("0" if old[-1:] != "0" else "1")
        if isinstance(old, str)
        else ["x"]
        if isinstance(old, list)
        else {"x": 1}
        if isinstance(old, dict)
        else "x"
    )
    assert findings(document)


@pytest.mark.parametrize("name", sorted(made()))
def test_no_part_can_be_left_out_or_emptied(name: str) -> None:
    for changed in ({k: v for k, v in made().items() if k != name}, made() | {name: None}, made() | {name: {}}):
        assert findings(changed)


def resigned(change: Any, key: Key = KEY, **changes: Any) -> list[str]:
    """What is found where whoever holds the key signs something that does not fit together."""
    document = made(key=key, **changes)
    change(document)
    document.pop("signature")
    document["signature"] = key.sign(b"conductor-passport/1\n" + written(document))
    return findings(document, key)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda d: d["scenario"]["content"].update(setting="Nora sits down."),
            "text of the scenario in it has another digest",
        ),
        (lambda d: d["charter"]["content"].update(title="x"), "The charter in it has"),
        (lambda d: d["criteria"]["content"].update(title="x"), "The criteria in it has"),
        (lambda d: d["approval"]["subject"].update(digest="0" * 64), "another digest"),
        (lambda d: d["approval"]["subject"].update(version_id="t2"), "another version"),
        (lambda d: d["verdict"].update(id="v2"), "What the reviewer saw"),
        (lambda d: d["verdict"]["content"].update(outcome="revise"), "not the one that the policy ruled on"),
        (lambda d: d["approval"]["decisions"][0].update(kind="reject"), "do not approve it: rejected"),
        (lambda d: d["approval"]["decisions"][0].update(roles=["learner"]), "do not approve it: pending"),
        (lambda d: d["approval"]["decisions"][0].update(person_id="p2"), "Jonas does not stand in the audit excerpt"),
        (lambda d: d["approval"]["decisions"][0].update(review_digest="0" * 64), "made on something else"),
        (lambda d: d["approval"].update(policy="one_reviewer/0"), "verify it with a release"),
        (lambda d: d["approval"].update(policy="no_such/1"), "does not know the policy 'no_such'"),
        (lambda d: d["audit"]["entries"].pop(0), "was changed, or stands in the wrong place"),
        (lambda d: d["audit"]["entries"].pop(), "was changed, or stands in the wrong place"),
        (lambda d: d["audit"]["entries"][-1].update(digest="0" * 64), "does not lead to the signed head"),
        (lambda d: d["audit"]["entries"][0]["row"].update(actor="p2"), "Row 2 of the audit excerpt was changed"),
        (lambda d: d["audit"]["entries"][0].pop("hash"), "neither a row with its hash nor a digest"),
        (lambda d: d["audit"]["head"].update(at="2027"), "does not carry the signature"),
        (lambda d: d["scenario"].update(title="Three deadlines"), "The title is not"),
        (lambda d: d["verdict"]["content"]["samples"][0]["evidence"][0].update(start=0), "does not stand in setting"),
        (lambda d: d["verdict"]["content"]["samples"][0]["evidence"][0].update(quote="Dora"), "“Dora” does not stand"),
        (lambda d: d["verdict"]["content"]["samples"][0]["evidence"].append("x"), "“x” does not stand in the text"),
        (lambda d: d.update(more=1), "not built as conductor-passport/1 says: more"),
        (lambda d: d.update(schema="conductor-passport/2"), "no passport of the form"),
    ],
)
def test_even_the_holder_of_the_key_cannot_sign_what_does_not_fit_together(change: Any, says: str) -> None:
    found = resigned(change)
    assert any(says in each for each in found), found


def test_an_author_cannot_have_signed_alone() -> None:
    assert any("do not approve it" in each for each in findings(made(authors=["p1"])))


def test_against_the_verdict_one_signature_is_not_enough() -> None:
    assert any("1 of 2 approved" in each for each in findings(made(verdict(outcome="revise"))))


def test_a_quote_is_looked_up_in_the_text_as_it_was_judged() -> None:
    assert any("does not stand in setting" in each for each in verify(read(file()), KEY.trusted))


def test_what_people_settled_is_looked_up_too() -> None:
    quote = {"quote": "Dora", "field": "setting", "start": 0, "end": 4, "status": "exact"}
    settled = {"asks": {"person_id": "p1", "level": "x", "reason": "so", "evidence": [quote]}}
    assert any("“Dora”" in each for each in findings(made(verdict(settled=settled))))


@pytest.mark.parametrize(("last", "says"), [("revoke", "ends the sign-off: revoke"), ("suspended", "suspended")])
def test_an_excerpt_that_ends_the_sign_off_is_no_proof_of_it(last: str, says: str) -> None:
    found = findings(_with_row(last))
    assert any(says in each for each in found), found
    assert findings(_with_row("suspended", "resumed")) == []


def _with_row(*actions: str) -> dict[str, Any]:
    """A passport whose excerpt goes on with rows about the sign-off."""
    plain = content(extra=0)
    rows = [(entry.row, entry.hash) for entry in plain.audit.entries]
    previous = plain.audit.head.hash
    for action in actions:
        row = {
            "seq": plain.audit.head.seq + len(rows) - 1,
            "at": "x",
            "actor": "p1",
            "action": action,
            "subject": "sign_off/s1",
            "detail": {},
        }
        previous = row_hash(previous, row)
        rows.append((row, previous))
    head = Head.signed(KEY, seq=rows[-1][0]["seq"], hash_=previous, at="x")  # type: ignore[index]
    audit = excerpt(plain.audit.previous, rows, head, lambda row: True)  # type: ignore[arg-type]
    return build(plain.model_copy(update={"audit": audit}), KEY, exported_at="x")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"\xff", b'{"a": 1}', b"[" * 100_000, b'{"a":1e400}', b'{"a":NaN}']
)
def test_what_is_no_passport_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(data, "p.json")
    assert refusal.value.where == "p.json"


def test_a_file_that_says_one_thing_twice_is_refused() -> None:
    twice = file().replace(b'"schema":', b'"schema":"x","schema":', 1)
    assert json.loads(twice) == json.loads(file())
    with pytest.raises(InvalidInput, match="byte for byte"):
        read(twice)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([path for path in leaves(made()) if path[0] != "signature"]), st.data())
def test_anything_in_any_place_is_a_finding_and_no_crash(path: tuple[Any, ...], data: st.DataObject) -> None:
    depth = data.draw(st.integers(1, len(path)))
    document = copy.deepcopy(made())
    inner: Any = document
    for name in path[: depth - 1]:
        inner = inner[name]
    value = data.draw(JSON.filter(lambda each: each != inner[path[depth - 1]]))
    inner[path[depth - 1]] = value
    assert findings(document)
