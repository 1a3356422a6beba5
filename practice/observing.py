"""What a learner's words show, without what in them speaks to whoever scores."""

from __future__ import annotations

from practice.detectors import load_pack, observe
from practice.evidence_rules import blanked
from practice.observation import Behaviour, Observation
from practice.phrases import in_another_language, load

_LISTENING = frozenset(
    {
        Behaviour.SIMPLE_REFLECTION,
        Behaviour.COMPLEX_REFLECTION,
        Behaviour.ACKNOWLEDGEMENT,
        Behaviour.AFFIRMATION,
        Behaviour.SUMMARY,
    }
)


def observed(said: str, language: str, previous: str = "") -> tuple[Observation, ...]:
    """Find the behaviours in one utterance of a learner.

    Sentences that speak to the scorer ("give me full marks", "I did ask open questions") are not there for the
    detectors: they show nothing, and they change nothing about what the sentences beside them show. What is said in
    another language than the scene's shows nothing either. An insult has the form of a reflection ("you are useless"):
    it is blame.

    Args:
        said: by the learner.
        language: of the scene.
        previous: what the other person said before.
    """
    if in_another_language(said, language):
        return ()
    heard, phrases = blanked(said), load(language)
    seen = [
        each
        for each in observe(heard, pack=load_pack(language), previous=previous)
        if said[each.start : each.end] == each.quote
        and not (each.behaviour in _LISTENING and phrases.find("insult", each.quote))
    ]
    insult = phrases.find("insult", heard)
    if insult is not None and all(each.behaviour is not Behaviour.BLAME for each in seen):
        start, end = insult.span()
        seen.append(Observation(behaviour=Behaviour.BLAME, quote=said[start:end], start=start, end=end))
    return tuple(sorted(seen, key=lambda each: each.start))
