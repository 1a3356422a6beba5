"""The offline persona: honest rules over the deck. It knows its cue and nothing else; no randomness, no state."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from functools import partial

from agents.persona import PersonaCue
from agents.persona.memory import Memory
from agents.persona.moves import Move, move_of
from agents.persona.phrases import LANGUAGES, Voice, load_voice
from agents.persona.plain_words import point, simpler
from agents.provenance import Provenance
from evidence.canonical import digest
from practice.observation import Behaviour
from practice.topics import touch

TIME_SHORT = 34  # turns after which the persona mentions the clock
_CLOSED = {Move.YES_NO, Move.FACT, Move.FACT_TIME, Move.FACT_COUNT, Move.CHOICE}
_ABOUT_A_TOPIC = _CLOSED | {
    Move.OPEN_QUESTION, Move.HEARD, Move.SUMMARISED, Move.INFORMED, Move.CHECK, Move.JARGON, Move.PRAISED,
    Move.OFF_TOPIC, Move.RAMBLING,
}  # fmt: skip
_OBJECTS_AFTER = {
    Move.ADVICE, Move.INFORMED, Move.YES_NO, Move.FACT, Move.FACT_COUNT, Move.BACKCHANNEL, Move.REQUEST, Move.CHECK,
    Move.JARGON, Move.RAMBLING,
}  # fmt: skip
_KINDS = ("needs", "ideas", "feelings", "causes")  # of open questions, in the order in which they are told apart
_SMALL_TALK_FOR = {Move.GREETING, Move.BACKCHANNEL, Move.OFF_TOPIC, Move.THANKS}
_NOUN_PHRASE = re.compile(
    r"^(?:an?|the|more|less|no|some\w*|any\w*|nobody|people|time|peace|fair|clear|being|eine?n?|der|die|das|mehr|weniger|kein\w*)\b",
    re.IGNORECASE,
)


class OfflinePersona:
    """Plays the other person by rules.

    Args:
        pace: seconds between two words; 0 streams as fast as it is read.
    """

    def __init__(self, pace: float = 0.0) -> None:
        self.provenance = Provenance(
            player="offline",
            model="rules",
            prompt_digest=digest({code: load_voice(code).digest for code in LANGUAGES}),
        )
        self._pace = pace

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        """Stream the reply word by word; the pieces joined are the reply."""
        reply = compose(cue)
        for piece in re.findall(r"\S+\s*", reply):
            yield piece
            await asyncio.sleep(self._pace)


def compose(cue: PersonaCue) -> str:
    """The reply to one cue: the first of several plans that repeats nothing said before."""
    scene = _Scene(cue)
    if cue.again and not cue.ending and (reply := scene.once_more()):
        return reply
    for plan in scene.plans():
        reply = " ".join(part for part in plan if part).strip()
        if cue.simpler:
            reply = simpler(reply, scene.voice)
        if reply and not scene.memory.repeats(reply):
            return reply
    return scene.memory.combine(scene.voice.bits)


class _Scene:
    """One cue, read once: who says what to what."""

    def __init__(self, cue: PersonaCue) -> None:
        self.cue = cue
        self.voice: Voice = load_voice(cue.language)
        self.memory = Memory(cue, partial(simpler, voice=self.voice) if cue.simpler else None)
        self.move = move_of(cue, self.voice)
        self.band = "cold" if cue.mood <= -2 else "warm" if cue.mood >= 1 else "guarded"
        self.is_brief = self.voice.matches("brief_style", cue.style)
        self.previous = next((line.text for line in reversed(cue.history) if line.speaker == "persona"), "")

    def plans(self) -> Iterator[list[str]]:
        """Replies to try, best first."""
        if self.cue.ending or self.cue.leaves:
            yield from self._goodbyes()
        if self.cue.cuts_in:
            yield from self._cut_in()
        if opened := self._opened():
            yield opened
            yield [opened[0], *opened[2:]]
        core = self._reaction()
        if core:
            add_on = self._add_on()
            # Someone of few words says the objection in place of a reaction, and so does whoever gets only an "ok".
            instead = add_on and (self.move is Move.BACKCHANNEL or (self.is_brief and self.move is not Move.ADVICE))
            yield [add_on if instead else f"{core} {add_on}", self._clock()]
            yield [core]
        for category in (self.move.value, "fill"):
            if line := self._line(category):
                yield [line]
        if self.cue.open_concerns and (line := self._line("elaborate")):
            yield [line]
        if line := self._line("open_answer"):
            yield [line]
        yield [self.memory.combine(self.voice.bits[:9])]

    def once_more(self) -> str:
        """The last point in simpler words; nothing new. It may repeat what was said: that was asked for."""
        deck = (
            *(text for concern in self.cue.open_concerns for text in (concern.voiced, concern.fact)),
            *(cover.line for cover in self.cue.covers), self.cue.stance, *self.cue.small_talk,
        )  # fmt: skip
        said = simpler(point(self.previous, deck), self.voice)
        return f"{self._line('say_simpler') or ''} {said}".strip() if said else ""

    def _cut_in(self) -> Iterator[list[str]]:
        """Something of one's own to the matter, after having been silent for long."""
        lead = self._line("cut_in") or ""
        own = [self.cue.stance] if self._in_first_person(self.cue.stance) else []
        for line in (*self.cue.objections, *own, *(cover.line for cover in self.cue.covers), *self.cue.small_talk):
            if not self.memory.said(line):
                yield [lead, line]
        yield [lead]

    def _line(self, category: str) -> str | None:
        bands = self.voice.reply.get(category)
        if bands is None:
            return None
        lines = bands.get(self.band, ()) + bands.get("any", ())
        line = self.memory.pick(lines, category)
        if line is not None:
            return line
        # A neighbouring mood is better than falling silent; a cold line in a warm scene is not.
        return self.memory.pick(bands.get("guarded", ()), category)

    # What opens with the learner's words.

    def _opened(self) -> list[str] | None:
        now = [concern for concern in self.cue.open_concerns if concern.now]
        if not now:
            return None
        voiced = [c.voiced if not self.memory.said(c.voiced) else self._line("elaborate") or "" for c in now]
        bands = self.voice.opened[self._earned_by()]
        lead = self.memory.pick(bands.get(self.band, ()) + bands.get("any", ()), "opened") or ""
        after = "" if self.is_brief or self.memory.number("after") % 3 else self._line("after_opened") or ""
        return [lead, *voiced, after]

    def _earned_by(self) -> str:
        seen = {o.behaviour for o in self.cue.observations}
        if Behaviour.OPEN_QUESTION in seen:
            return "open_question"
        if Behaviour.SUMMARY in seen:
            return "summary"
        if seen & {Behaviour.ACKNOWLEDGEMENT, Behaviour.COMPLEX_REFLECTION}:
            return "acknowledgement"
        return "reflection" if Behaviour.SIMPLE_REFLECTION in seen else "staying"

    # Reactions to everything else.

    def _reaction(self) -> str | None:
        if self.move in _ABOUT_A_TOPIC and (on_topic := self._on_topic()):
            return on_topic
        if self.move is Move.OPEN_QUESTION:
            return self._open_answer()
        if self.move in _SMALL_TALK_FOR and self.memory.number("small") % 2 == 0:
            return self.memory.first(self.cue.small_talk) or self._line(self.move.value)
        return self._line(self.move.value)

    def _on_topic(self) -> str | None:
        """A locked topic gets its cover, an open one more of what is behind it."""
        says, language = self.cue.learner_says, self.cue.language
        asks_on = self.move is Move.OPEN_QUESTION and not self._kind()
        for cover in self.cue.covers:
            if not touch(says, cover.topic, language) and not (asks_on and touch(self.previous, cover.topic, language)):
                continue
            if not self.memory.said(cover.line):
                return cover.line
            return (
                self._line(self.move.value) if self.move in {Move.HEARD, Move.SUMMARISED} else self._again(cover.topic)
            )
        if self.move is not Move.OPEN_QUESTION and self.move is not Move.HEARD and self.move not in _CLOSED:
            return None
        for concern in self.cue.open_concerns:
            if touch(says, concern.topic, language) or (asks_on and self._was_last(concern.topic, concern.voiced)):
                return self._more(concern.fact, concern.topic)
        return None

    def _again(self, topic: tuple[str, ...]) -> str | None:
        line = self._line("cover_again")
        return f"{self._named(topic)}{line}" if line else None

    def _named(self, topic: tuple[str, ...]) -> str:
        """The learner's own word for it as an echo ("The workload? "), where it was used as a noun; else nothing."""
        says = self.cue.learner_says
        found = touch(says, topic, self.cue.language)
        if found is None or self.is_brief or self.memory.number("echo") % 2:
            return ""
        noun = re.search(rf"\b(?:the|your|this)\s+{re.escape(found.quote)}\b(?!\s+(?:that|of))", says, re.IGNORECASE)
        ends = noun and re.match(r"\s*(?:[?.,!]|at\b|right now|difficult|hard|for\b|so\b|$)", says[noun.end() :])
        echo = f"The {found.quote.lower()}? "
        return echo if ends and self.cue.language.startswith("en") and not self.memory.said(echo) else ""

    def _was_last(self, topic: tuple[str, ...], voiced: str) -> bool:
        return voiced.split(".")[0] in self.previous or touch(self.previous, topic, self.cue.language) is not None

    def _more(self, fact: str, topic: tuple[str, ...]) -> str | None:
        own = self._in_first_person(fact) and not self.memory.said(fact) and not self.memory.repeats(fact)
        if self.move is Move.OPEN_QUESTION and (kind := self._kind()) and self.memory.number("kind") % 3:
            return self._line(kind)
        line = fact if own else self._line("elaborate")
        short = self._line(self.move.value) if self.move in _CLOSED else None
        if short and line and not self.is_brief:
            return f"{short} {line}"
        return short or (f"{self._named(topic)}{line}" if line else None)

    def _kind(self) -> str:
        return next((kind for kind in _KINDS if self.voice.matches(f"q_{kind}", self.cue.learner_says)), "")

    def _open_answer(self) -> str | None:
        """Stance, goals and objections where they answer the kind of question; then a hint at what is covered."""
        kind = self._kind()
        if not kind and self.voice.matches("more", self.cue.learner_says) and len(self.cue.history) > 1:
            return self._line("more") or self._line("open_answer")
        if kind == "needs" and (wish := self._wish()):
            return wish
        if kind in {"needs", "ideas", "feelings"}:
            return self._line(kind)
        if self._in_first_person(self.cue.stance) and not self.memory.said(self.cue.stance):
            return self.cue.stance
        lot = self.memory.number("deck") % 4
        if lot and (objection := self.memory.first(self.cue.objections)):
            return objection
        if kind:
            return self._line(kind)
        if lot < 2 and (wish := self._wish()):
            return wish
        if self.cue.covers and (hint := self.memory.first([cover.line for cover in self.cue.covers])):
            return hint
        if self.cue.open_concerns and lot == 3:
            return self._line("elaborate")
        return self._line("open_answer")

    def _wish(self) -> str | None:
        return next((line for goal in self.cue.goals if (line := self._goal(goal))), None)

    def _goal(self, goal: str) -> str | None:
        bare = goal.strip().rstrip(".")
        if re.match(r"(?:i|we)\b", goal, re.IGNORECASE):
            return None if self.memory.said(goal) else goal
        if self.voice.matches("third_person", goal):
            return None
        bare = re.sub(r"^(not\s+)?to\s+", r"\1", bare, flags=re.IGNORECASE)
        spoken = bare if bare[:2].isupper() else bare[:1].lower() + bare[1:]
        if any(spoken.casefold() in line.text.casefold() for line in self.cue.history):
            return None
        category = "goal_noun" if _NOUN_PHRASE.match(bare) else "goal"
        frames = [frame.format(goal=spoken) for frame in self.voice.reply[category]["any"]]
        return self.memory.pick(frames, "goal")

    def _in_first_person(self, text: str) -> bool:
        return self.voice.matches("first_person", text) and not self.voice.matches("third_person", text)

    # What is added, and how it ends.

    def _add_on(self) -> str:
        """Now and then an objection of the deck comes up unasked, in order; a terse one says one thing at a time."""
        if self.move not in _OBJECTS_AFTER or not self.cue.objections:
            return ""
        every = {"gentle": 3, "realistic": 2, "demanding": 1}.get(self.cue.difficulty, 2)
        if self.cue.turn % every or (self.is_brief and self.move in _CLOSED):
            return ""
        objection = self.memory.first(self.cue.objections)
        if objection is None or objection in self.previous:
            return ""
        lead = "" if self.is_brief or self.move is Move.BACKCHANNEL else self._line("lead_objection") or ""
        return f"{lead} {objection}".strip()

    def _clock(self) -> str:
        if self.cue.turn < TIME_SHORT or self.cue.turn % 3:
            return ""
        return self._line("time_short") or ""

    def _goodbyes(self) -> Iterator[list[str]]:
        ending = self.cue.ending or "hostile"
        friendly = ending in {"resolved", "farewell"}
        opened = self._opened()
        before = opened[:-1] if opened else []
        if ending == "farewell" and self.band == "cold":
            ending = "farewell_cold"
        own = self.memory.first(self.cue.closing) if friendly and self.band != "cold" else None
        pool = self.memory.pick(self.voice.ending.get(ending, self.voice.ending["long"]), "ending")
        for last in (own, pool):
            if last:
                yield [*before, last]
