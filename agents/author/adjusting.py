"""Rules for comments on manner and wording: simpler words, a warmer or cooler persona, sentences by their topic."""

from __future__ import annotations

import re

from agents.author import editing
from agents.author.desk import Desk, Unmet
from agents.author.matching import stems
from agents.author.reading import plain, sentences
from agents.author.voicing import broken

_TEXTS = ("setting", "learner_goal", "learner_role")
_PLACES = {
    "objection": "persona.objections",
    "concern": "persona.concerns",
    "goal": "persona.goals",
    "objective": "objectives",
    "safety note": "safety_notes",
    "line": "exemplars",
    "example": "exemplars",
}
_ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_FEW = 3  # sentences that may go at once without being asked which


def remove_counted(desk: Desk) -> str:
    """``remove the second objection``."""
    found = desk.asked("remove_counted")
    if not found:
        return ""
    count, thing = found.group(1).lower(), re.sub(r"s$", "", found.group(2).lower())
    place = next(path for name, path in _PLACES.items() if thing.endswith(name))
    items = editing.value_at(desk.content, place)
    if not -1 <= _ORDER[count] < len(items) or not items:
        raise Unmet(f"there are only {len(items)} in {place}.")
    del items[_ORDER[count]]
    return f"Removed the {count} {thing}."


def remove_about(desk: Desk) -> str:
    """``remove the sentence about the canteen``: the sentences that hold all words of the topic."""
    found = desk.asked("remove_about")
    if not found or desk.change.quote:
        return ""
    topic = plain(found.group(1)).rstrip(".!")
    wanted = set(stems(topic, desk.library))
    if not wanted:
        raise Unmet("please quote the sentence that is to go.")
    hits = [
        (path, shown)
        for path, text in editing.texts(desk.content, desk.change.field).items()
        for part in sentences(text)
        if wanted <= set(stems(shown := editing.filled(part, desk.values), desk.library))
    ]
    if not hits:
        raise Unmet(f"no sentence speaks of “{topic}”; please mark the one you mean.")
    if len(hits) > _FEW:
        raise Unmet(f"{len(hits)} sentences speak of “{topic}”; please mark those you mean.")
    # From the end, so that removing an item of a list moves none that is still to go.
    gone = [s for path, s in reversed(hits) if editing.remove_quote(desk.content, s, path, desk.values)]
    if not gone:
        raise Unmet(f"“{hits[0][1]}” is all that stands in {hits[0][0]}, and something must.")
    return f"Removed {', '.join(f'“{each}”' for each in reversed(gone))}."


def replace_words(desk: Desk) -> str:
    """``replace Monday by Friday``, without quotation marks, where these words are in the text."""
    found = desk.asked("replace_words")
    if not found:
        return ""
    old, new = (plain(group).strip(".!,") for group in found.groups()[:2])
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    changed: list[str] = []
    for path, text in editing.texts(desk.content, desk.change.field).items():
        shown = editing.filled(text, desk.values)
        if pattern.search(text):
            editing.put(desk.content, path, pattern.sub(lambda _: new, text))
        elif pattern.search(shown):
            keys = set(re.findall(r"\{(\w+)\}", text))
            after = pattern.sub(lambda _: new, shown)
            editing.put(desk.content, path, editing.unfilled(after, desk.values, keys))
        else:
            continue
        changed.append(path)
    return f"Replaced “{old}” by “{new}” in {', '.join(changed)}." if changed else ""


def simpler(desk: Desk) -> str:
    """Everyday words for formal ones, and one thought per sentence."""
    if not desk.asked("simpler"):
        return ""
    field = desk.field()
    paths = [
        path
        for path in editing.texts(desk.content, field)
        if field or path in _TEXTS or path.startswith(("exemplars", "short_version"))
    ]
    changed = []
    for path in paths:
        text = editing.value_at(desk.content, path)
        easy = _simplified(text, desk.library.wording.simple_words)
        if easy != text:
            editing.put(desk.content, path, easy)
            changed.append(path)
    if not changed:
        raise Unmet("these are everyday words in short sentences already, as far as the rules can tell; mark a word.")
    return f"Simpler words and shorter sentences in {', '.join(changed)}."


def _simplified(text: str, words: dict[str, str]) -> str:
    for formal, everyday in words.items():
        text = re.sub(rf"(?<!\w){re.escape(formal)}(?!\w)", everyday, text)
        upper = everyday[0].upper() + everyday[1:]
        text = re.sub(rf"(?<!\w){re.escape(formal[0].upper() + formal[1:])}(?!\w)", upper, text)
    text = re.sub(r"(?<=\w); (\w)", lambda found: f". {found.group(1).upper()}", text)
    return broken(text)


def manner(desk: Desk) -> str:
    """A warmer, cooler or more laconic persona; the difficulty stays as it is."""
    kind = next((kind for kind in ("brief_speech", "warmer", "colder") if desk.asked(kind)), "")
    if not kind:
        return ""
    if desk.change.field and not desk.change.field.startswith("persona"):
        raise Unmet("manner belongs to the persona; for this text, please write what it should say in quotation marks.")
    persona, manners = desk.content["persona"], desk.library.wording.manners
    step = {"warmer": 1, "colder": -1}.get(kind, 0)
    before = (persona["style"], persona["mood"], persona["trust"])
    opposite = {"warmer": "colder", "colder": "warmer"}.get(kind, kind)
    persona["style"] = persona["style"].replace(f" {manners[opposite]}", "")
    if manners[kind] not in persona["style"]:
        persona["style"] = f"{persona['style']} {manners[kind]}"
    for name in ("mood", "trust"):
        persona[name] = max(-3, min(3, persona[name] + step))
    if (persona["style"], persona["mood"], persona["trust"]) == before:
        raise Unmet("the persona is that way already, to the end of the scale.")
    return f"The persona's manner is now: {manners[kind]}" + (" Mood and trust follow it." if step else "")


def refused(desk: Desk) -> str:
    """Requests that rules can recognise and not meet, each with its reason."""
    for reason in desk.library.requests.refused:
        if any(re.search(pattern, desk.unquoted, re.IGNORECASE) for pattern in reason.when):
            raise Unmet(reason.why)
    return ""
