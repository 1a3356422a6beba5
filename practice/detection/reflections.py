"""Reflections: statements that give the other's own words, meaning or feeling back.

There is no single sign of a reflection. Features speak for or against one; their weights are in the language pack.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from practice.detection.view import View
from practice.observation import Behaviour

# What else a statement was found to do speaks against a reflection: the feature, and the group of cues.
_AGAINST = {
    "praise": "affirmation",
    "pushback": "confrontation",
    "blame": "blame",
    "observed": "observed",
    "advice": "advice",
}


@dataclass(frozen=True)
class Setting:
    """What surrounds a statement in its utterance.

    Attributes:
        company: the share of the other sentences that clearly teach, advise or plan.
        monologue: there are five sentences or more.
        with_question: the utterance asks something as well.
        before_question: the statement only leads up to a question in the same sentence.
        continues: the other broke off, and the statement goes on where they stopped.
    """

    company: float = 0.0
    monologue: bool = False
    with_question: bool = False
    before_question: bool = False
    continues: bool = False


def reflection(view: View, setting: Setting) -> Behaviour | None:
    """Whether a statement is a reflection, and of which kind."""
    if not view.length:
        return None
    found = features(view) | {name: float(value) for name, value in asdict(setting).items()}
    if view.pack.reflection_scoring.score(found) < view.pack.reflection_scoring.threshold:
        return None
    scoring = view.pack.complexity_scoring
    is_complex = scoring.score(complexity(view, found)) >= scoring.threshold
    return Behaviour.COMPLEX_REFLECTION if is_complex else Behaviour.SIMPLE_REFLECTION


def speaks_against(view: View) -> bool:
    """Whether a statement clearly teaches, advises or plans, so that its neighbours are less likely to reflect."""
    return view.pack.reflection_scoring.score(features(view)) < 0.5


def is_raised(view: View) -> bool:
    """Whether a statement with a question mark is a reflection said with a rising voice, rather than a closed question.

    "So you work nights?" asks; "It sounds like you'd rather not?" and "So you're worried it could fail?" give back.
    """
    found = features(view)
    if "frame" in found:
        return True
    adds = "feeling" in found or "meaning" in found or found.get("overlap", 0) >= 0.6
    return "marker" in found and "you_subject" in found and adds


def features(view: View) -> dict[str, float]:
    """What speaks for and against a reflection, by the names of the weights."""
    found = {name: 1.0 for name in view.pack.reflection if view.has(f"reflection.{name}")}
    found |= {name: 1.0 for name, group in _AGAINST.items() if view.has(f"statement.{group}")}
    stems = view.sentence.stems
    shared = [stem for stem in stems if stem in view.previous]
    other, own = (view.pack.lists.get(name, ()) for name in ("other_person", "self"))
    if shared:
        found["overlap"] = view.overlap
        found["shared_words"] = min(len(set(shared)), 4)
        found["fragment"] = float(view.length <= 7 and not view.has("reflection.own_verb"))
    if view.length <= 4 and shared and len(shared) == len(stems):
        found["echo"] = 1.0
    if view.overlap >= 0.5:  # "you never know what is next" is no blame if the other said it first
        found["blame"] = 0.0
    found["you_share"] = sum(word in other for word in view.sentence.words) / len(view.sentence.words)
    is_about_other = found["you_share"] > 0 or view.overlap >= 1 / 3
    found["aloof"] = float(not is_about_other and not found.keys() & {"taken_up", "hardship", "frame"})
    found["self_words"] = float(any(word in own for word in view.sentence.words))
    found["brief"] = float(3 <= view.length <= 12)
    found["wordy"] = float(view.length > 30)
    found["after_account"] = min(len(view.previous), 4) / 4
    if "taken_up" in found:
        found["taken_up"] = found["after_account"]  # "it" takes up nothing where the other only said yes
    return found


def complexity(view: View, found: dict[str, float]) -> dict[str, float]:
    """What speaks for a complex reflection, by the names of the weights."""
    stems = view.sentence.stems
    new = [stem for stem in stems if stem not in view.previous]
    return {
        "new_words": len(new) / len(stems) if stems and view.previous else 0.5,
        "feeling": found.get("feeling", 0.0),
        "meaning": found.get("meaning", 0.0),
        "you_object": found.get("you_object", 0.0),
        "frame": found.get("frame", 0.0),
        "contrast": float(view.has("reflection.contrast")),
        "length": float(len(stems) >= 5),
    }
