"""Tables of transfer: pilots that people consented to, their check-ins, and what they plan to do at work."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from store.tables.base import COUNTED, ID, OWN, SECRET, metadata
from store.types import DataClass, EncryptedText, UtcDateTime, field

# A fixed cohort and period in which a target behaviour is followed before, after and thirty days later.
pilots = Table(
    "pilots",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("title", String(200), nullable=False),
    field("behaviour", Text, nullable=False, kind=SECRET),  # the target behaviour, as something that can be seen
    field("created_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("starts_at", UtcDateTime, nullable=False),
    field("ends_at", UtcDateTime, nullable=False),
    field("closed_at", UtcDateTime),  # from here on nobody joins, and nothing is counted again
)

# Who was asked, and what they said. Only who consented is ever asked anything.
pilot_members = Table(
    "pilot_members",
    metadata,
    field("pilot_id", ID, ForeignKey("pilots.id"), primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), primary_key=True, kind=DataClass.PERSONAL, purposes=COUNTED),
    field("invited_at", UtcDateTime, nullable=False),
    field("consented_at", UtcDateTime, kind=DataClass.PERSONAL, purposes=COUNTED),
    field("withdrawn_at", UtcDateTime, kind=DataClass.PERSONAL, purposes=COUNTED),
)

# One of three moments of one member. It exists from the consent on, and is asked for once it is due.
check_ins = Table(
    "check_ins",
    metadata,
    field("id", ID, primary_key=True),
    field("pilot_id", ID, ForeignKey("pilots.id"), nullable=False, index=True),
    field(
        "person_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=COUNTED
    ),
    field("moment", String(10), nullable=False),  # before | after | later
    field("due_at", UtcDateTime, nullable=False),
    field("asked_at", UtcDateTime),
    field("answers", EncryptedText, kind=DataClass.SENSITIVE, purposes=COUNTED),
    field("answered_at", UtcDateTime, kind=DataClass.PERSONAL, purposes=COUNTED),
    UniqueConstraint("pilot_id", "person_id", "moment"),
)

# What was published about a pilot's moment: counted once, over the cohort that was fixed, and never again.
pilot_reports = Table(
    "pilot_reports",
    metadata,
    field("pilot_id", ID, ForeignKey("pilots.id"), primary_key=True),
    field("moment", String(10), primary_key=True),
    field("content", JSON, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# The few taps after a practice.
taps = Table(
    "taps",
    metadata,
    field("practice_id", ID, ForeignKey("practices.id"), primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=OWN),
    field("answers", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
)

# If this happens, then I will do that: with a date on which its owner is asked whether it happened.
plans = Table(
    "plans",
    metadata,
    field("id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=OWN),
    field("practice_id", ID, ForeignKey("practices.id"), index=True),
    field("plan", EncryptedText, nullable=False, kind=DataClass.SENSITIVE, purposes=OWN),
    field("due_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
    field("asked_at", UtcDateTime, kind=DataClass.PERSONAL, purposes=OWN),
    field("outcome", EncryptedText, kind=DataClass.SENSITIVE, purposes=OWN),
    field("answered_at", UtcDateTime, kind=DataClass.PERSONAL, purposes=OWN),
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
)

# What shows that something was learnt, with its tier (Thalheimer's LTEM, 1 to 8); for its owner alone.
learning_evidence = Table(
    "learning_evidence",
    metadata,
    field("id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=OWN),
    field("kind", String(20), nullable=False),  # practice | debrief | tap | check_in | plan
    field("subject_id", ID, nullable=False),
    field("tier", Integer, nullable=False),
    field("created_at", UtcDateTime, nullable=False, kind=DataClass.PERSONAL, purposes=OWN),
    UniqueConstraint("kind", "subject_id", "tier"),
)
