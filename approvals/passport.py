"""A passport: one document with a signed scenario, its verdict, who signed, and the proof, to be verified anywhere.

It is canonical JSON (RFC 8785), so that it has one form byte for byte. Whoever holds the installation's public key can
verify it without a database, settings or a network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from approvals.audit import (
    Hash,
    Head,
    Keys,
    Row,
    Signature,
    Signer,
    by_digest,
    follows,
    forged,
    link,
    row_digest,
    unsigned,
)
from approvals.checkpoint import Decision, Subject, review_digest
from approvals.policies import policy_named, policy_names
from approvals.policies.policy import State
from evidence.canonical import canonical_json, digest
from evidence.errors import ConductorError, InvalidInput
from evidence.fields import text_fields
from evidence.locate import Match, locate

SCHEMA = "conductor-passport/1"
ABOUT = (
    "A workplace practice scenario that people signed off, with the verdict it was signed on and the proof. Verify it "
    "with `conductor passport verify FILE --key PUBLIC.pem`. `signature` is Ed25519 over the line "
    "`conductor-passport/1` and the canonical JSON (RFC 8785) of everything else in this document."
)
_DOMAIN = f"{SCHEMA}\n".encode()
_LEFT_OUT = ("raw", "usage")  # of the judge's samples: a model's reply before it was read, and what it cost
_ENDS, _RESUMES = ("revoke", "suspended"), "resumed"  # actions in the audit log after which nobody may practise, or may

Texts = Callable[[dict[str, Any]], dict[str, Any]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SignedScenario(_Part):
    """The text that was signed: ``digest`` is SHA-256 of the canonical JSON of ``content``."""

    version_id: str
    number: int
    title: str
    content: dict[str, Any]
    digest: Hash


class StrategyDocument(_Part):
    """The charter or criteria it was judged by, whole, so that its digest can be checked."""

    version_id: str
    kind: Literal["charter", "criteria"]
    number: int
    content: dict[str, Any]
    digest: Hash


class GivenVerdict(_Part):
    """The verdict: ``content`` is a verdict's JSON with samples, quotes and what people settled."""

    id: str
    content: dict[str, Any]


class RecordedDecision(_Part):
    """One decision of one person, with the roles held then; ``name`` is None where it may no longer be shown."""

    person_id: str
    name: str | None
    kind: str
    roles: list[str]
    reason: str
    at: str
    review_digest: Hash


class RecordedApproval(_Part):
    """The checkpoint and its sign-off. ``policy`` is name/version; ``players`` who would play it, as recorded then.

    ``subject`` is what the policy ruled on; ``stale`` what changed since the sign-off, in plain words.
    """

    checkpoint_id: str
    sign_off_id: str
    signed_at: str
    policy: str
    subject: dict[str, Any]
    review_digest: Hash
    decisions: list[RecordedDecision] = Field(min_length=1)
    players: dict[str, Any]
    stale: list[str]


class ChainEntry(_Part):
    """A link of the audit chain: a row with its hash, or of a row about something else its digest alone."""

    row: dict[str, Any] | None = None
    hash: Hash | None = None
    digest: Hash | None = None


class ChainExcerpt(_Part):
    """Rows of the audit log from the first about this checkpoint to a signed head.

    ``previous`` is the hash before the first entry.
    """

    previous: Hash
    entries: list[ChainEntry] = Field(min_length=1)
    head: Head


class PassportContent(_Part):
    """Everything a passport shows, before it is signed."""

    scenario: SignedScenario
    charter: StrategyDocument
    criteria: StrategyDocument
    verdict: GivenVerdict
    approval: RecordedApproval
    audit: ChainExcerpt


class Passport(PassportContent):
    """The whole document."""

    form: Literal["conductor-passport/1"] = Field(alias="schema")
    about: str
    exported_at: str
    key_id: Hash
    signature: Signature


def excerpt(
    previous: str, rows: Iterable[tuple[Row, str]], head: Head, concerns: Callable[[Row], bool]
) -> ChainExcerpt:
    """The part of the log that a passport shows.

    Args:
        previous: the hash before the first row.
        rows: (row, stored hash) from there to the head's row.
        head: signed.
        concerns: whether a row is about what the passport shows; of the others only digests go in. A row of release
            0.1 goes in whole, for its hash cannot be recomputed otherwise; it holds opaque ids.
    """
    entries, before = [], previous
    for row, stored in rows:
        if concerns(row) or not by_digest(before, row, stored):
            entries.append(ChainEntry(row=dict(row), hash=stored))
        else:
            entries.append(ChainEntry(digest=row_digest(row)))
        before = stored
    return ChainExcerpt(previous=previous, entries=entries, head=head)


def build(shown: PassportContent, signer: Signer, *, exported_at: str) -> dict[str, Any]:
    """The signed document.

    Args:
        shown: what it is about.
        signer: the installation's key.
        exported_at: ISO 8601.
    """
    parts = shown.model_dump(mode="json")
    for sample in parts["verdict"]["content"].get("samples", ()):
        for name in _LEFT_OUT:
            sample.pop(name, None)
    parts["audit"]["entries"] = [entry.model_dump(exclude_none=True) for entry in shown.audit.entries]
    document = {"schema": SCHEMA, "about": ABOUT, "exported_at": exported_at, "key_id": signer.key_id, **parts}
    document["signature"] = signer.sign(_message(document))
    return document


def written(document: Mapping[str, Any]) -> bytes:
    """The document as a file: its canonical JSON."""
    return canonical_json(dict(document))


def read(data: bytes, where: str = "passport") -> dict[str, Any]:
    """The document in a file.

    Raises:
        InvalidInput: it is no JSON object, or not byte for byte in the form it was exported in. Two programs could read
            such a file differently.
    """
    try:
        document = json.loads(data)
        as_exported = isinstance(document, dict) and canonical_json(document) == data
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is no JSON document.", where=where, todo="Get the file again.") from error
    if not as_exported:
        raise InvalidInput(
            "The file is not byte for byte as a passport is exported; it was changed, if only in its layout.",
            where=where,
            todo="Get the file again, and keep it as it is.",
        )
    found: dict[str, Any] = document
    return found


def verify(document: Mapping[str, Any], public_keys: Keys, *, texts: Texts | None = None) -> list[str]:
    """Check a passport.

    Args:
        document: as ``read`` gave it.
        public_keys: of the installations you trust, by key id.
        texts: turns the signed content into what was judged (variation slots filled); None takes it as it is.

    Returns:
        What is wrong, in plain words; empty where everything holds.
    """
    if document.get("schema") != SCHEMA:
        return [f"This is no passport of the form {SCHEMA}."]
    try:
        passport = Passport.model_validate(dict(document))
    except ValidationError as error:
        places = {".".join(str(part) for part in each["loc"]) or "document" for each in error.errors()}
        return [f"It is not built as {SCHEMA} says: {', '.join(sorted(places)[:6])}."]
    checks = (_signature(document, passport, public_keys), _digests(passport), _ruling(passport))
    chain = (_chain(passport), _recorded(passport), _head(passport, public_keys))
    return [finding for check in (*checks, *chain, _quotes(passport, texts)) for finding in check]


def rows_shown(passport: Passport) -> list[dict[str, Any]]:
    """The audit rows that stand in it in full."""
    return [entry.row for entry in passport.audit.entries if entry.row is not None]


def _message(document: Mapping[str, Any]) -> bytes:
    return _DOMAIN + canonical_json({name: value for name, value in document.items() if name != "signature"})


def _signature(document: Mapping[str, Any], passport: Passport, keys: Keys) -> Iterator[str]:
    try:
        message = _message(document)
    except ValueError:
        yield "It holds something that has no canonical JSON, so nobody can have signed it."
        return
    if wrong := forged(keys, passport.key_id, message, passport.signature):
        yield f"The passport {wrong}"


def _digests(passport: Passport) -> Iterator[str]:
    approval, verdict = passport.approval, passport.verdict
    for part, what in (
        (passport.scenario, "text of the scenario"),
        (passport.charter, "charter"),
        (passport.criteria, "criteria"),
    ):
        if _digest(part.content) != part.digest:
            yield f"The {what} in it has another digest than the one given."
    if approval.subject.get("digest") != passport.scenario.digest:
        yield "What was signed has another digest than the text in this passport."
    if approval.subject.get("version_id") != passport.scenario.version_id:
        yield "What was signed is another version than the one in this passport."
    if approval.review_digest != review_digest(passport.scenario.digest, verdict.id, approval.policy):
        yield "What the reviewer saw (text, verdict and policy) is not what stands in this passport."
    if approval.decisions[-1].review_digest != approval.review_digest:
        yield "The last decision was made on something else than what stands in this passport."
    given = (verdict.content.get("outcome"), _listed(verdict.content.get("vetoes")))
    if given != (approval.subject.get("outcome"), _listed(approval.subject.get("vetoes"))):
        yield "The verdict is not the one that the policy ruled on."
    if (passport.charter.kind, passport.criteria.kind) != ("charter", "criteria"):
        yield "Charter and criteria stand in each other's place."
    if passport.scenario.title != passport.scenario.content.get("title"):
        yield "The title is not the text's own."


def _ruling(passport: Passport) -> Iterator[str]:
    name, _, version = passport.approval.policy.partition("/")
    if name not in policy_names():
        yield f"This release of Conductor does not know the policy '{name}', so its ruling cannot be checked."
        return
    policy = policy_named(name)
    if str(policy.version) != version:
        yield (
            f"The policy '{name}' is at version {policy.version} in this release of Conductor, and the passport was "
            f"made under version {version}: verify it with a release that has that version."
        )
        return
    try:
        subject = Subject.model_validate(passport.approval.subject)
        decisions = [
            Decision.model_validate({"person_id": d.person_id, "kind": d.kind, "roles": d.roles, "reason": d.reason})
            for d in passport.approval.decisions
        ]
    except ValidationError:
        yield "The decisions are not written as this release of Conductor records them."
        return
    ruling = policy.rule(subject, decisions)
    if ruling.state is not State.APPROVED:
        why = f" ({'; '.join(ruling.reasons)})" if ruling.reasons else ""
        state = ruling.state.value.replace("_", " ")
        yield f"Under the policy '{name}' these decisions do not approve it: {state}{why}."


def _chain(passport: Passport) -> Iterator[str]:
    audit = passport.audit
    previous, numbers = audit.previous, _numbers(audit)
    for number, entry in zip(numbers, audit.entries, strict=True):
        if entry.row is not None and entry.hash is not None and entry.digest is None:
            if entry.row.get("seq") != number or not follows(previous, entry.row, entry.hash):
                yield f"Row {number} of the audit excerpt was changed, or stands in the wrong place."
                return
            previous = entry.hash
        elif entry.digest is not None and entry.row is None and entry.hash is None:
            previous = link(previous, entry.digest)
        else:
            yield f"Row {number} of the audit excerpt is neither a row with its hash nor a digest."
            return
    if numbers[0] < 1 or previous != audit.head.hash:
        yield f"The audit excerpt does not lead to the signed head of row {audit.head.seq}."


def _recorded(passport: Passport) -> Iterator[str]:
    """Every decision stands in the excerpt, and nothing there ends the sign-off."""
    approval, rows = passport.approval, rows_shown(passport)
    place = f"checkpoint/{approval.checkpoint_id}"
    for decision in approval.decisions:
        wanted = (decision.person_id, decision.kind, place, decision.review_digest, passport.scenario.digest)
        if not any(wanted == (*_words(row, "actor", "action", "subject"), *_noted(row)) for row in rows):
            yield f"The decision of {decision.name or decision.person_id} does not stand in the audit excerpt."
    ended = [
        row
        for row in rows
        if row.get("subject") == f"sign_off/{approval.sign_off_id}" and row.get("action") in (*_ENDS, _RESUMES)
    ]
    if ended and ended[-1]["action"] != _RESUMES:
        yield f"Row {ended[-1].get('seq')} of the audit excerpt ends the sign-off: {ended[-1]['action']}."


def _head(passport: Passport, keys: Keys) -> Iterator[str]:
    wrong = unsigned(passport.audit.head, keys)
    if wrong is not None:
        yield wrong.detail


def _quotes(passport: Passport, texts: Texts | None) -> Iterator[str]:
    try:
        fields = text_fields(passport.scenario.content if texts is None else texts(passport.scenario.content))
    except (ConductorError, ValidationError):
        yield "The text cannot be read as a scenario, so its quotes cannot be looked up."
        return
    for quote in _evidence(passport.verdict.content):
        text = fields.get(quote.field, "")
        if quote.status is Match.ABSENT:
            continue  # code struck it out when it judged: it counts for nothing
        found = locate(quote.quote, text)
        if (found.status, found.start, found.end) != (quote.status, quote.start, quote.end):
            place = quote.field or "the text"
            yield f"The quote “{quote.quote[:80]}” does not stand in {place} where the verdict says."


class _Quote(BaseModel):
    model_config = ConfigDict(frozen=True)

    quote: str
    field: str = ""
    start: int | None = None
    end: int | None = None
    status: Match


def _evidence(verdict: Mapping[str, Any]) -> Iterator[_Quote]:
    """The quotes of every sample and of what people settled; what is no quote is found nowhere, and said so."""
    settled = verdict.get("settled")
    samples = verdict.get("samples")
    given = list(samples) if isinstance(samples, Sequence) else []
    given += list(settled.values()) if isinstance(settled, Mapping) else []
    for each in given:
        quotes = each.get("evidence") if isinstance(each, Mapping) else None
        for quote in quotes if isinstance(quotes, list | tuple) else ():
            try:
                yield _Quote.model_validate(quote)
            except ValidationError:
                yield _Quote(quote=str(quote), start=0, end=0, status=Match.EXACT)


def _numbers(audit: ChainExcerpt) -> range:
    return range(audit.head.seq - len(audit.entries) + 1, audit.head.seq + 1)


def _words(row: Row, *names: str) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in names)


def _noted(row: Row) -> tuple[str, ...]:
    detail = row.get("detail")
    return _words(detail, "review_digest", "digest") if isinstance(detail, Mapping) else ("", "")


def _digest(content: Any) -> str:
    try:
        return digest(content)
    except ValueError:
        return ""


def _listed(value: Any) -> list[str]:
    return sorted(str(each) for each in value) if isinstance(value, list | tuple) else []
