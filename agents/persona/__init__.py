"""The persona agent: speaks as the other person in the scene, knowing only what code has unlocked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cached_property
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from agents.provenance import Provenance
from practice.observation import Observation
from practice.screening import words_of


class Said(BaseModel):
    """One line of the conversation so far: ``speaker`` is ``learner`` or ``persona``.

    In a scene with several people ``name`` says which of them spoke, and in a persona's cue the lines of the others
    have the speaker ``other``.
    """

    model_config = ConfigDict(frozen=True)

    speaker: str
    text: str
    name: str = ""

    @cached_property
    def words(self) -> list[str]:
        """Its words, as lines are compared."""
        return words_of(self.text)


class Cover(BaseModel):
    """What to say while a concern is locked; ``topic`` are words by which it is recognised. The fact is not here."""

    model_config = ConfigDict(frozen=True)

    topic: tuple[str, ...]
    line: str


class OpenConcern(BaseModel):
    """A concern that code has unlocked. ``now`` marks those that opened with the learner's last words."""

    model_config = ConfigDict(frozen=True)

    id: str
    topic: tuple[str, ...]
    fact: str
    voiced: str
    now: bool


class Present(BaseModel):
    """Somebody else in the room; ``left`` says that they have walked out. Nothing hidden is in it."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    left: bool = False


class PersonaCue(BaseModel):
    """Everything the persona's player receives for one turn. Locked facts are not in it, so they cannot leak."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    relationship: str
    style: str
    language_level: str
    stance: str
    goals: tuple[str, ...]
    setting: str
    learner_role: str
    language: str
    difficulty: str
    mood: int
    trust: int
    turn: int
    objections: tuple[str, ...]  # not raised yet, in order
    covers: tuple[Cover, ...]
    open_concerns: tuple[OpenConcern, ...]
    all_open: bool
    small_talk: tuple[str, ...]
    closing: tuple[str, ...]
    history: tuple[Said, ...]  # the last lines, oldest first, without the learner's new words
    learner_says: str
    observations: tuple[Observation, ...]
    ending: str = ""  # why the scene ends with this reply (`practice.reveal.Ending`), empty while it goes on
    others: tuple[Present, ...] = ()
    leaves: bool = False  # they walk out with this reply, and the scene goes on without them
    cuts_in: bool = False  # the learner's words were for somebody else
    simpler: bool = False  # the learner wants simpler words than the deck's, since they asked or from the beginning
    again: bool = False  # the learner only asked for that: their last point is said again


class Persona(Protocol):
    """Plays the other person."""

    provenance: Provenance

    def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        """Stream the reply in pieces whose concatenation is the whole reply.

        Raises:
            ModelFailed: the stream broke, stalled or was refused; pieces already yielded stand as a partial reply.
        """
        ...
