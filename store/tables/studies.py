"""Tables of the strategy desk: what was measured about the judge and a change of strategy, and what people said."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from store.tables.base import HASH, ID, SECRET, metadata
from store.types import UtcDateTime, field

# A longer piece of measuring, brought forward by a background job and taken up again where it stopped.
studies = Table(
    "studies",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("kind", String(20), nullable=False),  # stress | shadow | distinctiveness | drift
    field("status", String(20), nullable=False),  # priced | running | stopped | cancelled | done
    field("subject_id", ID, nullable=False),  # a criteria version, a piece of work or an anchor set, as the kind says
    field("plan", JSON, nullable=False, kind=SECRET),  # everything the result depends on besides the answers
    field("estimate", JSON, nullable=False),  # {questions, cached, tokens, cost, at_most}: told before it starts
    field("planned", Integer, nullable=False),  # questions known so far
    field("answered", Integer, nullable=False),
    field("runs", Integer, nullable=False),  # how often it was started: part of its job's id
    field("result", JSON, kind=SECRET),
    field("digest", HASH),  # of plan and result
    field("error", JSON),
    field("started_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("updated_at", UtcDateTime, nullable=False),
)

# What was answered in studies, by content: the same question is never paid for twice. A failure counts in one study.
study_answers = Table(
    "study_answers",
    metadata,
    field("key", HASH, primary_key=True),
    field("study_id", String(36), primary_key=True),  # "" for an answer that counts everywhere
    field("content", JSON, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# What a change of criteria would mean, as a strategist saw it; putting the change in force names one of these.
previews = Table(
    "previews",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("criteria_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("base_id", ID, ForeignKey("strategy_versions.id"), nullable=False),  # the criteria then in force
    field("charter_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("mark", JSON, nullable=False),  # of the history it saw: another mark, and it is stale
    field("digest", HASH, nullable=False, index=True),
    field("content", JSON, nullable=False, kind=SECRET),
    field("made_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
)

# On what a criteria version was asked to be put in force.
grounds = Table(
    "grounds",
    metadata,
    field("run_id", ID, ForeignKey("runs.id"), primary_key=True),
    field("version_id", ID, ForeignKey("strategy_versions.id"), nullable=False, index=True),
    field("preview_digest", HASH),
    field("stress_digest", HASH),
    field("provisional", Boolean, nullable=False),
    field("why", JSON, nullable=False, kind=SECRET),  # sentences: what is not proven
    field("review_at", UtcDateTime),
    field("override_by", ID, ForeignKey("people.id")),
    field("override_because", Text, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# A person's own level for one criterion of one text; the newest of each person counts.
labels = Table(
    "labels",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("run_id", ID, ForeignKey("runs.id"), nullable=False),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False),
    field("criterion_id", String(40), nullable=False),
    field("judged_digest", HASH, nullable=False),  # of what the criterion asks: another question, another label
    field("level", String(40), nullable=False),
    field("blind", Boolean, nullable=False),  # given before the machine's level was shown
    field("person_id", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("version_id", "criterion_id", "judged_digest", "person_id"),
)

# Labelled texts that are judged again and again, to see whether the judge drifts. Never changed once frozen.
anchors = Table(
    "anchors",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("criteria_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("charter_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("items", JSON, nullable=False, kind=SECRET),  # [{version_id, criterion_id, level}]
    field("frozen_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
)

# Passages said in other words that a person has read and found to mean the same.
paraphrases = Table(
    "paraphrases",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("passage", Text, nullable=False, kind=SECRET),
    field("paraphrase", Text, nullable=False, kind=SECRET),
    field("approved_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
)
