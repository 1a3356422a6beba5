"""Tables about language models: what was asked and what it cost, what may be spent, who can be trusted with what."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Table

from store.purpose import Purpose
from store.tables.base import HASH, ID, metadata
from store.types import DataClass, UtcDateTime, field

_SPENT = (Purpose.BUDGET.value, Purpose.OWN_PRACTICE.value)

# The ledger, append-only: one row for every reply that was asked for, retries included. No text of anybody's.
model_calls = Table(
    "model_calls",
    metadata,
    field("id", ID, primary_key=True),
    field("role", String(20), nullable=False),
    field("endpoint", String(200), nullable=False),  # host and port
    field("model", String(200), nullable=False),
    field("programme_id", ID, ForeignKey("programmes.id")),
    field("person_id", ID, ForeignKey("people.id"), kind=DataClass.PERSONAL, purposes=_SPENT),
    field("work_kind", String(20), nullable=False),  # design | tuning | practice | check | study
    field("work_id", ID, nullable=False, kind=DataClass.PERSONAL, purposes=_SPENT),
    field("outcome", String(40), nullable=False),  # done | cancelled | the kind of a failure
    field("attempts", Integer, nullable=False),
    field("counted", Boolean, nullable=False),  # whether the endpoint said how many tokens; else they are estimated
    field("input_tokens", Integer, nullable=False),
    field("cached_tokens", Integer, nullable=False),
    field("output_tokens", Integer, nullable=False),
    field("cost", BigInteger, nullable=False),  # millionths of the currency
    field("seconds", Float, nullable=False),
    field("first_token_seconds", Float),
    field("created_at", UtcDateTime, nullable=False),
    Index("ix_model_calls_programme_id_created_at", "programme_id", "created_at"),
    Index("ix_model_calls_person_id_created_at", "person_id", "created_at"),
    Index("ix_model_calls_work_id", "work_id"),
)

# What may be spent on models: by a programme, by one person, or by every person who has no budget of their own.
budgets = Table(
    "budgets",
    metadata,
    field("scope", String(20), primary_key=True),  # programme | person
    field("subject_id", String(36), primary_key=True),  # "" for everybody
    field("period", String(10), primary_key=True),  # day | month, in UTC
    field("tokens", BigInteger),
    field("cost", BigInteger),  # millionths of the currency
    field("set_by", ID, ForeignKey("people.id"), nullable=False),
    field("updated_at", UtcDateTime, nullable=False),
)

# What a model was seen to do in a role; the newest row of a fingerprint counts.
model_checks = Table(
    "model_checks",
    metadata,
    field("id", ID, primary_key=True),
    field("role", String(20), nullable=False),
    field("fingerprint", HASH, nullable=False, index=True),  # of model, parameters, prompt and suite
    field("model", String(200), nullable=False),
    field("suite", String(20), nullable=False),
    field("fitness", String(20), nullable=False),  # pass | provisional | unfit
    field("report", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
)

# An admin lets an unfit model play a role nevertheless, under their name and with a reason.
model_overrides = Table(
    "model_overrides",
    metadata,
    field("id", ID, primary_key=True),
    field("role", String(20), nullable=False),
    field("fingerprint", HASH, nullable=False, index=True),
    field("model", String(200), nullable=False),
    field("person_id", ID, ForeignKey("people.id"), nullable=False),
    field("reason", String(1000), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
    field("ended_by", ID, ForeignKey("people.id")),
)
