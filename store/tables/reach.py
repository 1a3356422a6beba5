"""Tables of reach: groups, assignments, rollouts with their skeptics, and how people wish to be told."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.purpose import Purpose
from store.tables.base import HASH, ID, SECRET, WHO, metadata
from store.types import DataClass, UtcDateTime, field

REACHED = (Purpose.MESSAGES.value,)

groups = Table(
    "groups",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("name", String(200), nullable=False),
    field("created_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("programme_id", "name"),
)

group_members = Table(
    "group_members",
    metadata,
    field("group_id", ID, ForeignKey("groups.id"), primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), primary_key=True, kind=DataClass.PERSONAL, purposes=WHO),
    field("created_at", UtcDateTime, nullable=False),
)

# Who may practise what from when, and until when it would be good to. Nobody is told who has.
assignments = Table(
    "assignments",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False, index=True),
    field("group_id", ID, ForeignKey("groups.id"), index=True),  # nobody named: everybody in the programme
    field("opens_at", UtcDateTime, nullable=False),
    field("due_at", UtcDateTime),
    field("told_at", UtcDateTime),
    field("reminded_at", UtcDateTime),
    field("created_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
)

# How far a signed scenario reaches. A scenario without a rollout reaches everybody, as it always did.
rollouts = Table(
    "rollouts",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False, unique=True),
    field("stage", String(20), nullable=False),  # the name of the step in force; "planned" before the first
    field("plan", JSON, nullable=False, kind=SECRET),  # its steps in order: {name, group_id}
    field("suspended_at", UtcDateTime),
    field("suspended_by", ID, ForeignKey("people.id")),
    field("suspended_because", Text, kind=SECRET),
    field("created_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("updated_at", UtcDateTime, nullable=False),
)

# One promotion, as it waits at a checkpoint. Its content is what is signed.
rollout_steps = Table(
    "rollout_steps",
    metadata,
    field("id", ID, primary_key=True),
    field("rollout_id", ID, ForeignKey("rollouts.id"), nullable=False, index=True),
    field("run_id", ID, ForeignKey("runs.id"), nullable=False, unique=True),
    field("stage", String(20), nullable=False),  # that it promotes to
    field("content", JSON, nullable=False, kind=SECRET),
    field("digest", HASH, nullable=False),
    field("status", String(20), nullable=False),  # asked | promoted | refused
    field("asked_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
    Index(
        "uq_rollout_steps_one_asked",
        "rollout_id",
        unique=True,
        sqlite_where=text("status = 'asked'"),
        postgresql_where=text("status = 'asked'"),
    ),
)

# Who was invited to break a scenario before it reaches more people.
skeptics = Table(
    "skeptics",
    metadata,
    field("rollout_id", ID, ForeignKey("rollouts.id"), primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), primary_key=True, kind=DataClass.PERSONAL, purposes=WHO),
    field("invited_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("done_at", UtcDateTime),  # they have looked, and say so
)

# What a skeptic found. It is written for others to read, in its author's own words.
findings = Table(
    "findings",
    metadata,
    field("id", ID, primary_key=True),
    field("rollout_id", ID, ForeignKey("rollouts.id"), nullable=False, index=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, kind=DataClass.PERSONAL, purposes=WHO),
    field("blocks", Boolean, nullable=False),
    field("title", String(200), nullable=False, kind=SECRET),
    field("text", Text, nullable=False, kind=SECRET),
    field("status", String(20), nullable=False),  # open | settled | withdrawn
    field("answer", Text, kind=SECRET),
    field("settled_by", ID, ForeignKey("people.id")),
    field("created_at", UtcDateTime, nullable=False),
    field("settled_at", UtcDateTime),
)

# How a person wishes to be told; who never said is told in the application only.
message_settings = Table(
    "message_settings",
    metadata,
    field("person_id", ID, ForeignKey("people.id"), primary_key=True, kind=DataClass.PERSONAL, purposes=REACHED),
    field("email", String(320), nullable=False, kind=DataClass.PERSONAL, purposes=REACHED),  # may be empty
    field("verified_at", UtcDateTime),  # since when they have shown that the address is theirs
    field("code_hash", HASH, kind=SECRET),  # of the code that was mailed to it
    field("code_sent_at", UtcDateTime),
    field("codes_sent", Integer, nullable=False),  # in a row
    field("code_tries", Integer, nullable=False),  # of the code that stands
    field("by_mail", String(10), nullable=False),  # all | due | none
    field("quiet_from", Integer),  # minute of the day, in their zone
    field("quiet_until", Integer),
    field("quiet_weekend", Boolean, nullable=False),
    field("zone", String(60), nullable=False),
    field("updated_at", UtcDateTime, nullable=False),
)

# What goes out by e-mail. It names a notice and carries no words: they are put together when it is sent.
messages = Table(
    "messages",
    metadata,
    field("notice_id", ID, ForeignKey("notices.id"), primary_key=True),
    field(
        "person_id", ID, ForeignKey("people.id"), nullable=False, index=True, kind=DataClass.PERSONAL, purposes=REACHED
    ),
    field("status", String(10), nullable=False, index=True),  # waiting | sent | failed | dropped
    field("not_before", UtcDateTime, nullable=False),
    field("tries", Integer, nullable=False),
    field("batch", ID, index=True),  # the e-mail that tells of it, with others; its Message-ID whenever it is tried
    field("error", String(200)),
    field("created_at", UtcDateTime, nullable=False),
    field("sent_at", UtcDateTime),
)
