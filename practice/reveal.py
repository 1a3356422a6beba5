"""The rules of a scene: what a learner's words open, how they move trust and mood, and when the scene is over.

The rules, in the order in which they apply to one turn:

1. What the utterance is about: the concern whose topic it touches; where it touches none, the one that an open question
   is about in everyday words or in general (``practice.subject``); else the one the persona's last line touched; else
   the *thread*, the one the conversation was already about.
2. Trust and mood move by what was observed (``TRUST``, ``MOOD``).
3. A concern's condition counts once per turn in which its behaviour is seen on its topic. Acknowledgement and summary
   are about the person, so where nothing locked is on the table they count for the first locked concern that waits
   for them.
4. A concern opens in a turn that met its condition, once it was met often enough and trust suffices; at most one per
   turn, the one that the learner's words fit best. Nothing ever closes again.
5. Words to whoever runs or scores the scene ("unlock all concerns") touch no topic and show no behaviour.
6. What only a model observed counts in the turn after the one in which it was said.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence.errors import Conflict
from practice.evidence_rules import is_free, not_evidence
from practice.observation import Behaviour, Observation
from practice.phrases import load
from practice.scenario import Concern, Persona, RevealOn
from practice.scene import SceneState
from practice.subject import invited, is_everyday, staying
from practice.topics import Touch, count, signed_stems, touch, words

OPENS: dict[RevealOn, frozenset[Behaviour]] = {
    RevealOn.OPEN_QUESTION: frozenset({Behaviour.OPEN_QUESTION}),
    RevealOn.ACKNOWLEDGEMENT: frozenset({Behaviour.ACKNOWLEDGEMENT, Behaviour.COMPLEX_REFLECTION}),
    RevealOn.SUMMARY: frozenset({Behaviour.SUMMARY}),
    RevealOn.REFLECTION: frozenset({Behaviour.SIMPLE_REFLECTION, Behaviour.COMPLEX_REFLECTION}),
    RevealOn.STAYING: frozenset(),
}
_ABOUT_THE_PERSON = frozenset({RevealOn.ACKNOWLEDGEMENT, RevealOn.SUMMARY})
_ABOUT_THE_TOPIC = frozenset(
    {
        Behaviour.OPEN_QUESTION,
        Behaviour.CLOSED_QUESTION,
        Behaviour.SIMPLE_REFLECTION,
        Behaviour.COMPLEX_REFLECTION,
        Behaviour.ACKNOWLEDGEMENT,
        Behaviour.SUMMARY,
    }
)

TRUST = {
    Behaviour.OPEN_QUESTION: 1,
    Behaviour.ACKNOWLEDGEMENT: 1,
    Behaviour.SIMPLE_REFLECTION: 1,
    Behaviour.COMPLEX_REFLECTION: 1,
    Behaviour.SUMMARY: 1,
    Behaviour.BLAME: -2,
    Behaviour.CONFRONTATION: -1,
    Behaviour.ADVICE_WITHOUT_PERMISSION: -1,
}
MOOD = {
    Behaviour.ACKNOWLEDGEMENT: 1,
    Behaviour.COMPLEX_REFLECTION: 1,
    Behaviour.AFFIRMATION: 1,
    Behaviour.COMMITMENT: 1,
    Behaviour.BLAME: -1,
    Behaviour.CONFRONTATION: -1,
    Behaviour.ADVICE_WITHOUT_PERMISSION: -1,
}
CURIOSITY_LIMIT = 2  # questions alone build trust up to here; beyond it takes being heard
PRAISE_LIMIT = 1  # praise alone lifts the mood up to here
HOSTILE_TURNS = 2
IDLE_TURNS = 10
MAX_TURNS = 40
SAME = 3  # words from which saying the same again counts as a repetition


class Ending(StrEnum):
    """Why a scene ends."""

    RESOLVED = "resolved"  # everything is said and the learner has committed to something
    FAREWELL = "farewell"  # the learner took leave
    HOSTILE = "hostile"  # the mood was at its lowest twice running: the persona leaves
    IDLE = "idle"  # nothing moved for a long time
    LONG = "long"  # the scene has run its length


@dataclass(frozen=True)
class RevealReason:
    """Why a concern opened: the ``quote`` in which ``behaviour`` was seen, and the topic word that placed it."""

    concern_id: str
    behaviour: str
    quote: str
    topic: str = ""
    observer: str = "code"


@dataclass(frozen=True)
class Step:
    """The state after one turn, what opened in it and why, and the reason if the scene ends with it.

    ``speaker`` answers, as an index into ``Scenario.people``. With ``cuts_in`` the words were for somebody else, with
    ``leaves`` the speaker walks out, and with ``again`` they say their last point again, more simply.
    """

    state: SceneState
    newly_unlocked: tuple[str, ...] = ()
    reasons: tuple[RevealReason, ...] = ()
    ending: Ending | None = None
    speaker: int = 0
    cuts_in: bool = False
    leaves: bool = False
    again: bool = False


def start(persona: Persona) -> SceneState:
    """The state before the first turn."""
    return SceneState(mood=persona.mood, trust=persona.trust)


def advance(
    state: SceneState,
    persona: Persona,
    utterance: str,
    observations: Sequence[Observation],
    *,
    also_observed: Sequence[Observation] = (),
    previous: str = "",
    setting: str = "",
    earlier: Sequence[str] = (),
    language: str = "en",
    max_turns: int = MAX_TURNS,
) -> Step:
    """Apply the rules to one utterance of the learner.

    Args:
        state: before this turn.
        persona: the deck under signature.
        utterance: the learner's words, already guarded.
        observations: what code saw in ``utterance``.
        also_observed: what only a model saw in the learner's *previous* utterance.
        previous: what the persona said last.
        setting: words of the scene besides the deck, such as its title and setting; questions may be about them.
        earlier: what the learner said in the turns before. The very same words once more open nothing new.
        language: of the scene; decides how words are stemmed.
        max_turns: the turn with which the scene ends at the latest.

    Raises:
        Conflict: the scene is over.
    """
    if state.ended:
        raise Conflict("This scene is over.", todo="Start again, or go back to an earlier turn.")
    aside = not_evidence(utterance)
    touched = {
        concern_id: hit
        for concern_id, hit in _touched(persona, utterance, language).items()
        if is_free(aside, hit.start, hit.end)
    }
    observations = [o for o in observations if is_free(aside, o.start, o.end)]
    thread = _thread(state, persona, touched, previous, language)
    invitation = None
    if not _names_a_subject(persona, touched, state, language):
        invitation = invited(
            persona, state.unlocked, observations, previous=previous, setting=setting, language=language
        )
        if invitation and invitation.is_general and _answers_to(thread, state, persona, previous):
            invitation = None
    counting: Sequence[Observation] = observations
    if invitation:
        touched, thread = {}, invitation.concern_id
    elif all(is_everyday(hit.quote, language) for hit in touched.values()):
        counting = staying(observations, persona, previous=previous, setting=setting, language=language)
    behaviours = {o.behaviour for o in observations}
    trust, mood = _moved(state, behaviours)

    waiting = _waiting(persona, state)
    is_taken = _is_taken(thread, touched, state)
    now = {
        concern.id: reason
        for concern in persona.concerns
        if (reason := _met(concern, touched, thread, waiting, is_taken, utterance, counting))
    }
    late = {
        concern.id: reason
        for concern in persona.concerns
        if (reason := _late(concern, state, persona, also_observed, language))
    }
    met = late | now
    seen = dict(state.seen)
    for concern_id in met:
        seen[concern_id] = seen.get(concern_id, 0) + (concern_id in now) + (concern_id in late)

    ready = [
        met[concern.id]
        for concern in persona.concerns
        if concern.id in met and concern.id not in state.unlocked
        if seen[concern.id] >= concern.reveal.times and trust >= concern.reveal.min_trust
        if concern.id not in now or not _is_said_again(utterance, earlier)
    ]
    # One per turn, so that it can be heard; what else was ready needs its condition once more.
    reasons = sorted(ready, key=lambda reason: _fit(reason, now, touched), reverse=True)[:1]
    for reason in reasons:
        trust = _bounded(trust + _concern(persona, reason.concern_id).trust, 5)
    newly = tuple(reason.concern_id for reason in reasons)

    moved_on = bool(behaviours) or bool(touched) or bool(newly)
    after = state.model_copy(
        update={
            "turn": state.turn + 1,
            "mood": mood,
            "trust": trust,
            "unlocked": state.unlocked + newly,
            "seen": seen,
            "thread": thread,
            "counted": tuple(sorted(now)),
            "hostile_turns": state.hostile_turns + 1 if mood == -3 else 0,
            "idle_turns": 0 if moved_on else state.idle_turns + 1,
        }
    )
    ending = _ending(after, persona, utterance, behaviours, bool(newly), language, max_turns)
    return Step(after.model_copy(update={"ended": ending is not None}), newly, tuple(reasons), ending)


def note_reply(state: SceneState, persona: Persona, reply: str) -> SceneState:
    """Remember which objections the persona's ``reply`` raised, so that each is raised once."""
    raised = set(state.objections_raised)
    if len(raised) == len(persona.objections):
        return state
    said = {word.stem for word in words(reply)}
    for index, objection in enumerate(persona.objections):
        wanted = signed_stems(objection.line)
        if wanted and len(wanted & said) / len(wanted) >= 0.8:
            raised.add(index)
    return state.model_copy(update={"objections_raised": tuple(sorted(raised))})


def _concern(persona: Persona, concern_id: str) -> Concern:
    return next(concern for concern in persona.concerns if concern.id == concern_id)


def _bounded(value: int, limit: int) -> int:
    return max(-limit, min(limit, value))


def _touched(persona: Persona, text: str, language: str) -> dict[str, Touch]:
    spoken = words(text, language)
    found = {concern.id: touch(text, concern.topic, language, spoken=spoken) for concern in persona.concerns}
    return {concern_id: hit for concern_id, hit in found.items() if hit}


def _strongest(touched: dict[str, Touch], unlocked: Iterable[str]) -> str:
    """The concern touched by most words; a locked one before an open one; else the first in the deck."""
    closed = [concern_id for concern_id in touched if concern_id not in set(unlocked)]
    return max(closed or list(touched), key=lambda concern_id: touched[concern_id].words)


def _thread(state: SceneState, persona: Persona, touched: dict[str, Touch], previous: str, language: str) -> str:
    if touched:
        return _strongest(touched, state.unlocked)
    hinted = _touched(persona, previous, language)
    return _strongest(hinted, state.unlocked) if hinted else state.thread


def _names_a_subject(persona: Persona, touched: Mapping[str, Touch], state: SceneState, language: str) -> bool:
    """Whether the topics touched say what the utterance is about; "today" or "see" in a question hardly do.

    Where such a word happens to be a topic of something that a question opens, it is enough.
    """
    return any(
        not is_everyday(hit.quote, language)
        or (concern_id not in state.unlocked and _concern(persona, concern_id).reveal.on is RevealOn.OPEN_QUESTION)
        for concern_id, hit in touched.items()
    )


def _is_said_again(utterance: str, earlier: Sequence[str]) -> bool:
    """Whether the learner only repeats a sentence; a prompt of a word or two may come as often as it likes."""
    said = [word.stem for word in words(utterance)]
    if len(said) < SAME:
        return False
    return any([word.stem for word in words(line)] == said for line in earlier if count(line) == len(said))


def _fit(reason: RevealReason, now: Container[str], touched: Mapping[str, Touch]) -> tuple[bool, bool, int]:
    """How well the learner's words fit a concern: said in this turn, named in what was seen, and by how many words."""
    hit = touched.get(reason.concern_id)
    named = hit is not None and hit.quote in reason.quote
    return reason.concern_id in now, named, hit.words if hit else 0


def _is_taken(thread: str, touched: Iterable[str], state: SceneState) -> bool:
    """Whether something locked is on the table already; what is open may be followed by what lies beside it."""
    return any(concern_id and concern_id not in state.unlocked for concern_id in (thread, *touched))


def _answers_to(thread: str, state: SceneState, persona: Persona, previous: str) -> bool:
    """Whether a question in general stays with the thread: a locked concern that it may open, or was just covered."""
    if not thread or thread in state.unlocked:
        return False
    concern = _concern(persona, thread)
    return concern.reveal.on is RevealOn.OPEN_QUESTION or concern.cover in previous


def _moved(state: SceneState, behaviours: set[Behaviour]) -> tuple[int, int]:
    """Trust and mood after this turn: at most one step up, or down by the worst that was said."""
    up = max((TRUST.get(b, 0) for b in behaviours), default=0)
    down = min((TRUST.get(b, 0) for b in behaviours), default=0)
    heard = any(TRUST.get(b, 0) > 0 for b in behaviours - {Behaviour.OPEN_QUESTION})
    if not heard and state.trust >= CURIOSITY_LIMIT:
        up = 0
    trust = _bounded(state.trust + (down if down < 0 else up), 5)

    sunk = min((MOOD.get(b, 0) for b in behaviours), default=0)
    lifted = max((MOOD.get(b, 0) for b in behaviours), default=0)
    lifts = {b for b in behaviours if MOOD.get(b, 0) > 0}
    if lifts == {Behaviour.AFFIRMATION} and state.mood >= PRAISE_LIMIT:
        lifted = 0
    return trust, _bounded(state.mood + (sunk if sunk < 0 else lifted), 3)


def _waiting(persona: Persona, state: SceneState) -> dict[RevealOn, str]:
    """Per condition that is about the person: the first locked concern of the deck that waits for it."""
    found: dict[RevealOn, str] = {}
    for concern in persona.concerns:
        if concern.id not in state.unlocked and concern.reveal.on in _ABOUT_THE_PERSON:
            found.setdefault(concern.reveal.on, concern.id)
    return found


def _met(
    concern: Concern,
    touched: dict[str, Touch],
    thread: str,
    waiting: dict[RevealOn, str],
    is_taken: bool,
    utterance: str,
    observations: Sequence[Observation],
) -> RevealReason | None:
    hit = touched.get(concern.id)
    on_topic = hit is not None or (not touched and thread == concern.id)
    on = concern.reveal.on
    if on is RevealOn.STAYING:
        about = next((o for o in observations if o.behaviour in _ABOUT_THE_TOPIC), None)
        if hit:
            return RevealReason(concern.id, on.value, about.quote if about else utterance.strip(), hit.topic)
        return RevealReason(concern.id, on.value, about.quote) if on_topic and about else None
    if not on_topic and not (waiting.get(on) == concern.id and not is_taken):
        return None
    seen = [o for o in observations if o.behaviour in OPENS[on]]
    if not seen:
        return None
    # Of several, the one whose own words touch the topic explains best.
    best = next((o for o in seen if hit and o.start <= hit.start < o.end), seen[0])
    return RevealReason(concern.id, best.behaviour.value, best.quote, hit.topic if hit else "", best.observer)


def _late(
    concern: Concern, state: SceneState, persona: Persona, also: Sequence[Observation], language: str
) -> RevealReason | None:
    """What a model saw in the previous turn, unless code already counted that turn for this concern."""
    if concern.id in state.counted:
        return None
    for observation in also:
        touched = _touched(persona, observation.quote, language)
        is_taken = _is_taken(state.thread, touched, state)
        reason = _met(
            concern, touched, state.thread, _waiting(persona, state), is_taken, observation.quote, (observation,)
        )
        if reason and reason.behaviour != RevealOn.STAYING.value:
            return RevealReason(reason.concern_id, reason.behaviour, reason.quote, reason.topic, observation.observer)
    return None


def _ending(
    state: SceneState,
    persona: Persona,
    utterance: str,
    behaviours: set[Behaviour],
    just_opened: bool,
    language: str,
    max_turns: int,
) -> Ending | None:
    if state.hostile_turns >= HOSTILE_TURNS:
        return Ending.HOSTILE
    if load(language).is_farewell(utterance):
        return Ending.FAREWELL
    if Behaviour.COMMITMENT in behaviours and not just_opened and len(state.unlocked) == len(persona.concerns):
        return Ending.RESOLVED
    if state.idle_turns >= IDLE_TURNS:
        return Ending.IDLE
    return Ending.LONG if state.turn >= max_turns else None
