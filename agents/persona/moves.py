"""What the learner's words are, seen from the other chair: the one thing a person would react to first."""

from __future__ import annotations

import re
from enum import StrEnum

from agents.persona import PersonaCue
from agents.persona.phrases import Voice
from practice.observation import Behaviour
from practice.phrases import load
from practice.topics import touch

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ROWS = ("qwertyuiop", "qwertzuiopü", "asdfghjklöä", "zxcvbnm", "yxcvbnm")
SAME = 3  # words from which the same again is noticed
PROMPT = 5  # words up to which an invitation to go on may come again
RECENT = 4  # lines of the learner that are still in one's ear
RAMBLING = 90  # words in one turn after which people lose the thread


class Move(StrEnum):
    """The names are those of the reply categories in the phrase files, where one belongs to the move."""

    SILENCE = "silence"
    BACKCHANNEL = "backchannel"
    SAID_YES = "said_yes"
    SAID_NO = "said_no"
    INJECTION = "injection"
    GIBBERISH = "gibberish"
    OTHER_LANGUAGE = "other_language"
    SAME_AGAIN = "same_again"
    BLAME = "blame"
    CONFRONTED = "confronted"
    SUMMARISED = "summarised"
    HEARD = "heard"
    APOLOGY = "apology"
    HOW_ARE_YOU = "how_are_you"
    AGENDA = "agenda"
    OPENED_UP = "opened_up"
    COMMITTED = "committed"
    ADVICE = "advice"
    ADVICE_WELCOME = "advice_welcome"
    OPEN_QUESTION = "open_question"
    PERMISSION = "permission"
    REQUEST = "request"
    CHOICE = "choice"
    CHECK = "check"
    FACT_TIME = "fact_time"
    FACT_COUNT = "fact_count"
    FACT = "fact"
    YES_NO = "yes_no"
    PRAISED = "praised"
    JARGON = "jargon"
    GREETING = "greeting"
    THANKS = "thanks"
    OFF_TOPIC = "off_topic"
    RAMBLING = "rambling"
    INFORMED = "informed"


_OBSERVED = (
    (Move.BLAME, {Behaviour.BLAME}),
    (Move.CONFRONTED, {Behaviour.CONFRONTATION}),
    (Move.SUMMARISED, {Behaviour.SUMMARY}),
)
_CLOSED = (
    Move.PERMISSION, Move.CHECK, Move.REQUEST, Move.FACT_TIME, Move.FACT_COUNT, Move.FACT, Move.CHOICE,
)  # fmt: skip


def move_of(cue: PersonaCue, voice: Voice) -> Move:
    """The move that the persona reacts to. What was observed decides before what words suggest."""
    text = cue.learner_says.strip()
    seen = {o.behaviour for o in cue.observations}
    if voice.matches("prompt", text):
        return Move.OPEN_QUESTION
    if voice.matches("silence", text):
        return Move.SILENCE
    if _was_asked(cue):
        for move in (Move.SAID_YES, Move.SAID_NO):
            if voice.matches(move.value, text):
                return move
    for move in (Move.BACKCHANNEL, Move.INJECTION):
        if voice.matches(move.value, text):
            return move
    if is_foreign(text, voice):
        return Move.OTHER_LANGUAGE
    if is_gibberish(text):
        return Move.GIBBERISH
    if _said_before(cue, text, voice):
        return Move.SAME_AGAIN
    for move, behaviours in _OBSERVED:
        if seen & behaviours:
            return move
    if voice.matches("off_topic", text) and not _on_any_topic(cue, text):
        return Move.OFF_TOPIC
    if cue.turn <= 3 and voice.matches("how_are_you", text):
        return Move.HOW_ARE_YOU
    if Behaviour.OPEN_QUESTION in seen:
        return Move.OPEN_QUESTION
    if voice.matches("apology", text):
        return Move.APOLOGY
    if cue.open_concerns and voice.matches("opened_up", text):
        return Move.OPENED_UP
    if seen & {Behaviour.ACKNOWLEDGEMENT, Behaviour.COMPLEX_REFLECTION, Behaviour.SIMPLE_REFLECTION}:
        return Move.HEARD
    if Behaviour.COMMITMENT in seen:
        return Move.COMMITTED
    if Behaviour.ADVICE_WITHOUT_PERMISSION in seen:
        return Move.ADVICE
    if Behaviour.ADVICE_WITH_PERMISSION in seen:
        return Move.ADVICE_WELCOME
    if Behaviour.CLOSED_QUESTION in seen or text.endswith("?"):
        return next((move for move in _CLOSED if voice.matches(move.value, text)), Move.YES_NO)
    if len(_WORD.findall(text)) >= RAMBLING:
        return Move.RAMBLING
    if cue.turn <= 3 and voice.matches("agenda", text):
        return Move.AGENDA
    for move in (Move.GREETING, Move.THANKS):
        if voice.matches(move.value, text):
            return move
    if Behaviour.AFFIRMATION in seen:
        return Move.PRAISED
    if voice.matches("request", text):
        return Move.REQUEST
    if Behaviour.JARGON in seen:
        return Move.JARGON
    return Move.INFORMED


def is_gibberish(text: str) -> bool:
    """Whether at least half of the words are no words of any language written in Latin letters."""
    found = _WORD.findall(text.casefold())
    return bool(found) and 2 * sum(_is_noise(word) for word in found) >= len(found)


def is_foreign(text: str, voice: Voice) -> bool:
    """Whether the text is clearly in another language than the scene's, or in another script."""
    letters = [char for char in text if char.isalpha()]
    if len(letters) >= 2 and 2 * sum(char > "\u024f" for char in letters) > len(letters):
        return True
    found = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    own = load(voice.language).stop_words
    foreign = sum(word in voice.foreign_words and word not in own for word in found)
    return foreign >= 2 and foreign > sum(word in own for word in found)


def _is_noise(word: str) -> bool:
    if len(word) < 4:
        return False
    if re.search(r"(.)\1\1\1", word) or not re.search(r"[aeiouyäöüáéíóúèêàùôî]", word):
        return True
    runs = {row[i : i + 4] for row in _ROWS for i in range(len(row) - 3)} - {"rewe", "tyui", "oiuy"}
    return any(run in word or run[::-1] in word for run in runs - {"prop", "were"}) or bool(
        re.search(r"[bcdfghjklmnpqrstvwxz]{6}", word)
    )


def _on_any_topic(cue: PersonaCue, text: str) -> bool:
    topics = [cover.topic for cover in cue.covers] + [concern.topic for concern in cue.open_concerns]
    return any(touch(text, topic, cue.language) for topic in topics)


def _was_asked(cue: PersonaCue) -> bool:
    """Whether the persona's last words were a question, so that "yes" and "no" are answers."""
    last = next((line.text for line in reversed(cue.history) if line.speaker == "persona"), "")
    return last.rstrip(" \"”’'").endswith("?")


def _said_before(cue: PersonaCue, text: str, voice: Voice) -> bool:
    """Whether the learner says what they said a moment ago; a short prompt such as "tell me more" may come again."""
    said = _folded(text)
    if len(said) < SAME or (len(said) <= PROMPT and voice.matches("more", text)):
        return False
    recent = [line.text for line in cue.history if line.speaker == "learner"][-RECENT:]
    return any(_folded(line) == said for line in recent)


def _folded(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
