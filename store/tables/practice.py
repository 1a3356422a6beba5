"""Tables of practice: personal text, sealed under the key of the learner it belongs to."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.tables.base import HASH, ID, OWN, SECRET, SHARED, metadata
from store.types import DataClass, EncryptedText, UtcDateTime, field

practices = Table(
    "practices",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False, index=True),
    field("digest", HASH, nullable=False),
    field("learner_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=OWN),
    field("status", String(20), nullable=False),  # open | paused | finished | reflected | debriefed
    field("reflection", EncryptedText, kind=DataClass.SENSITIVE, purposes=OWN),
    field("debrief", EncryptedText, kind=DataClass.SENSITIVE, purposes=OWN),
    field("choices", JSON, nullable=False),
    field("form", String(10), nullable=False),  # full | short: the three-minute version
    field("preferences", EncryptedText, kind=DataClass.SENSITIVE, purposes=OWN),  # goal, challenge, help: JSON
    field("branch_of", ID, ForeignKey("practices.id", name="fk_practices_branch_of"), index=True),
    field("branch_turn", Integer),  # the first turn that is the branch's own
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
    field("updated_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
)

# Append-only. An attempt that broke stays as `partial`; the retry is a new attempt.
turns = Table(
    "turns",
    metadata,
    field("id", ID, primary_key=True),
    field("practice_id", ID, ForeignKey("practices.id"), nullable=False),
    field("number", Integer, nullable=False),
    field("attempt", Integer, nullable=False),
    field("status", String(20), nullable=False),  # complete | partial
    field("learner_text", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),
    field("reply", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),
    field("observed", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),  # observations, reveals
    field("state", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),  # SceneState after it
    field("provenance", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
    UniqueConstraint("practice_id", "number", "attempt"),
    Index(
        "uq_turns_one_complete",
        "practice_id",
        "number",
        unique=True,
        sqlite_where=text("status = 'complete'"),
        postgresql_where=text("status = 'complete'"),
    ),
)

turn_chunks = Table(
    "turn_chunks",
    metadata,
    field("practice_id", ID, ForeignKey("practices.id"), primary_key=True),
    field("turn", Integer, primary_key=True),
    field("attempt", Integer, primary_key=True),
    field("first", Integer, primary_key=True),  # index of the first piece in this row
    field("pieces", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),  # JSON list of strings
)

hints = Table(
    "hints",
    metadata,
    field("id", ID, primary_key=True),
    field("practice_id", ID, ForeignKey("practices.id"), nullable=False, index=True),
    field("turn", Integer, nullable=False),
    field("rung", String(20), nullable=False),
    field("text", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),
    field("provenance", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
)

# One line of a debrief that its learner contests, and what they sent of it: sealed under their key, and revocable.
contests = Table(
    "contests",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False),
    field("practice_id", ID, ForeignKey("practices.id"), nullable=False, index=True),
    field("learner_id", ID, ForeignKey("people.id"), nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
    field("sent", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=SHARED),  # JSON, as it was shown
    field("created_at", UtcDateTime, nullable=False),
    field("revoked_at", UtcDateTime),
    field("answer", Text, kind=SECRET),
    field("answered_by", ID, ForeignKey("people.id")),
    field("answered_at", UtcDateTime),
)
