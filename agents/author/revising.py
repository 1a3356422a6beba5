"""Revising a scenario by rules: what was asked for is changed and nothing else; what no rule understands is unmet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from agents.author import ChangeRequest, adjusting, editing
from agents.author.archetypes import Library
from agents.author.composing import GENERIC, Parts, concern, lines_for, objective_for, parts
from agents.author.desk import Desk, Unmet
from agents.author.matching import Matched, clause_family, closest_clause, family_of
from agents.author.reading import lower_first, plain, sentence
from agents.author.voicing import brand_voice, voiced
from agents.author.wishes import wishes
from practice.brief import Brief, Difficulty
from practice.scenario import Scenario
from practice.variation import defaults
from strategy.charter import Charter, Clause, ClauseKind

_LEVELS = (Difficulty.GENTLE, Difficulty.REALISTIC, Difficulty.DEMANDING)
_WEAVABLE = re.compile(
    r"^(?:setting|learner_goal|learner_role|short_version\.(?:setting|goal)|persona\.(?:stance|style|relationship))$"
)


@dataclass(frozen=True)
class Revised:
    """The next version, what was done, and what could not be done."""

    scenario: Scenario
    notes: tuple[str, ...]
    unmet: tuple[str, ...]


def revise(
    previous: Scenario,
    changes: tuple[ChangeRequest, ...],
    brief: Brief,
    charter: Charter | None,
    library: Library,
) -> Revised:
    """Apply the requests one after the other; each wish in them either changes the text or is listed as unmet."""
    made = parts(brief, charter, library)
    scenario = previous
    notes: list[str] = []
    unmet: list[str] = []
    for change in changes:
        asked = [change.text] if change.by == "alignment" else wishes(change.text, library)
        for text in asked:
            part = change.model_copy(update={"text": text})
            try:
                scenario, note = _next(scenario, part, made)
                notes.append(note)
            except Unmet as refusal:
                # The comment is named as a whole, since that is how its writer finds it again.
                which = f"“{' '.join(text.split())}”: " if len(asked) > 1 else ""
                unmet.append(f"“{' '.join(change.text.split())}” — {which}{refusal}")
    return Revised(scenario, tuple(notes), tuple(unmet))


def _next(scenario: Scenario, change: ChangeRequest, made: Parts) -> tuple[Scenario, str]:
    """The scenario after one wish, and what was done; ``Unmet`` where nothing was."""
    content = scenario.content()
    note = _apply(Desk(content, defaults(scenario), change, made, made.library, made.charter))
    try:
        after = Scenario.model_validate(content)
    except ValidationError as error:
        raise Unmet(f"the result would break a rule of scenarios: {error.errors()[0]['msg']}.") from error
    if after == scenario:
        raise Unmet("the text already is as asked, as far as the rules can tell.")
    return after, note


def _apply(desk: Desk) -> str:
    # A judge's sentence may say "add" or "shorter" in passing; only what it quotes is taken literally.
    rules = _FROM_JUDGE if desk.change.by == "alignment" else _FROM_PERSON
    for rule in rules:
        if note := rule(desk):
            return note
    raise Unmet("the rules do not understand this request; please change the text yourself, or set a language model.")


def _replace(desk: Desk) -> str:
    old, new = "", ""
    if found := desk.asked("replace_named"):
        old, new = [group for group in found.groups() if group][:2]
    elif desk.change.quote and (found := desk.asked("replace_marked")):
        old, new = desk.change.quote, _group(found)
    if not old:
        return ""
    changed = editing.replace_quote(desk.content, old, new, desk.change.field, desk.values)
    if not changed:
        raise Unmet(f"“{old}” is not in {desk.change.field or 'the text'}.")
    return f"Replaced “{old}” in {', '.join(changed)}."


def _remove(desk: Desk) -> str:
    if not desk.asked("remove"):
        return ""
    quote = next(iter(desk.quotes()), "") or desk.change.quote
    if not quote:
        raise Unmet("please mark or quote what is to go.")
    changed = editing.remove_quote(desk.content, quote, desk.change.field, desk.values)
    if not changed:
        raise Unmet(f"“{quote}” is not there, or nothing would be left of a text that must be.")
    return f"Removed the sentence with “{quote}” from {', '.join(changed)}."


def _title(desk: Desk) -> str:
    found = desk.asked("title")
    if not found and desk.change.field == "title":
        found = desk.asked("rename") or desk.asked("replace_marked")
    if not found:
        return ""
    desk.content["title"] = plain(_group(found))
    return f"The title is now “{desk.content['title']}”."


def _rename(desk: Desk) -> str:
    found = desk.asked("rename")
    if not found:
        return ""
    new = plain(found.group(1))
    slot = next((slot for slot in desk.content["slots"] if slot["key"] == "name"), None)
    old = desk.values["name"] if slot else desk.content["persona"]["name"]
    if slot:
        slot["values"] = [new, *(value for value in slot["values"] if value not in {old, new})]
    for path, text in editing.texts(desk.content).items():
        editing.put(desk.content, path, re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text))
    return f"{old} is now called {new}."


def _shorter(desk: Desk) -> str:
    if not desk.asked("shorter"):
        return ""
    field = desk.field() or "setting"
    value = editing.value_at(desk.content, field)
    if isinstance(value, list):
        if len(value) < 2:
            raise Unmet(f"{field} has only one entry.")
        value.pop()
        return f"Took the last entry out of {field}."
    if not isinstance(value, str):
        raise Unmet(f"please say which text in {field} is meant.")
    short = editing.shortened(value)
    if short == value:
        raise Unmet(f"{field} is a single sentence; please shorten it by hand.")
    editing.put(desk.content, field, short)
    return f"Shortened {field}."


def _difficulty(desk: Desk) -> str:
    step = -1 if desk.asked("softer") else 1 if desk.asked("harder") else 0
    if not step:
        return ""
    if desk.change.field == "opening_line":
        return _other_opening(desk, step)
    if desk.change.field and not desk.change.field.startswith(("difficulty", "persona")):
        raise Unmet(f"difficulty belongs to the persona, not to {desk.change.field}.")
    at = _LEVELS.index(Difficulty(desk.content["difficulty"])) + step
    if not 0 <= at < len(_LEVELS):
        raise Unmet(f"it is already {desk.content['difficulty']}, the end of the scale.")
    persona, wording = desk.content["persona"], desk.library.wording
    for manner in wording.styles.values():
        persona["style"] = persona["style"].removesuffix(manner.replace("<style>", ""))
    persona["style"] = wording.styles[_LEVELS[at].value].replace("<style>", persona["style"])
    for name in ("mood", "trust"):
        persona[name] = max(-3, min(3, persona[name] - step))
    for item in persona["concerns"][1:]:
        item["reveal"]["min_trust"] = max(0, min(3, item["reveal"]["min_trust"] + step))
    desk.content["difficulty"] = _LEVELS[at].value
    return f"The difficulty is now {_LEVELS[at].value}; mood, trust, manner and reveal conditions follow it."


def _other_opening(desk: Desk, step: int) -> str:
    openings = [getattr(desk.made.archetype.openings, level.value) for level in _LEVELS]
    current = desk.content["opening_line"]
    if current not in openings or not 0 <= openings.index(current) + step < len(openings):
        raise Unmet("there is no other opening line of that kind in the library; please write one.")
    desk.content["opening_line"] = openings[openings.index(current) + step]
    return "Took another opening line."


def _add(desk: Desk) -> str:
    """``add an example line: "…"`` and its kin: quoted text as it stands, else a line of the library."""
    quote = next(iter(desk.quotes()), "")
    if desk.asked("add_objective"):
        return _strengthen(desk)
    if desk.asked("add_concern"):
        return _add_concern(desk)
    if desk.asked("add_safety"):
        found = desk.asked("mention_that")
        if not quote and not found:
            raise Unmet("please give the wording of the safety note in quotation marks.")
        desk.content["safety_notes"].append(sentence(quote or (found.group(1) if found else "")))
        return "Added a safety note."
    if desk.asked("add_objection"):
        if not quote:
            raise Unmet("please give the objection in quotation marks.")
        desk.content["persona"]["objections"].append({"line": sentence(quote), "answered_by": []})
        return "Added an objection."
    if desk.asked("add_exemplar"):
        if quote:
            desk.content["exemplars"].append(sentence(quote))
            return "Added the example line."
        match = _target(desk)
        line = _fresh_line(desk, match) if match else ""
        if not line:
            raise Unmet("please give the line in quotation marks.")
        desk.content["exemplars"].append(line)
        return f"Added the example line “{line}”."
    return ""


def _add_concern(desk: Desk) -> str:
    topic = found.group(1) if (found := desk.asked("about")) else desk.text
    family = desk.library.families.get(family_of(topic, desk.library))
    present = {item["id"] for item in desk.content["persona"]["concerns"]}
    entry = family.concern if family and family.concern.id not in present else None
    if entry is None:
        raise Unmet("the library has no further concern on this; a concern needs a fact, a cover and what opens it.")
    concerns = desk.content["persona"]["concerns"]
    made = concern(desk.made, entry, len(concerns), Difficulty(desk.content["difficulty"]))
    concerns.append(made.model_dump(mode="json"))
    return f"Added the hidden concern '{entry.id.replace('_', ' ')}'."


def _mention(desk: Desk) -> str:
    found = desk.asked("mention_that")
    quoted = desk.quotes()
    if desk.asked("mention_foreign") and not quoted:
        raise Unmet(
            f"the scenario is written in '{desk.library.language}': please give the sentence in that language, quoted."
        )
    if quoted and (desk.asked("mention") or desk.asked("mention_foreign")):
        said = sentence(quoted[0])
    elif found:
        said = sentence(_bare(desk, found.group(1)))
    elif found := desk.asked("mention"):
        thing = _bare(desk, found.group(1))
        if re.search(desk.library.requests.vague[0], thing, re.IGNORECASE):
            return ""
        said = desk.library.wording.mentioned.replace("<thing>", lower_first(plain(thing).rstrip(".!")))
    else:
        return ""
    if len(said) > 400:
        raise Unmet("this is too long to be woven in; please write it into the text.")
    field = desk.field() or "setting"
    if field in {"safety_notes", "exemplars"}:
        if not quoted and field == "exemplars":
            raise Unmet("please give the line in quotation marks.")
        desk.content[field].append(said)
    elif _WEAVABLE.match(field) and isinstance(before := editing.value_at(desk.content, field), str):
        if said in before:
            raise Unmet("it is already said there.")
        editing.put(desk.content, field, f"{before} {said}")
    else:
        raise Unmet(f"the rules cannot weave it into {field} without breaking the voice of that text.")
    return f"Added to {field}: “{said}”"


def _bare(desk: Desk, text: str) -> str:
    for pattern in desk.library.requests.ending:
        text = re.sub(pattern, "", text.strip().rstrip("."), flags=re.IGNORECASE)
    return text.strip()


def _strengthen(desk: Desk) -> str:
    """A criterion's request, or "more of …": the clause gets an objective or a stronger one, and a line."""
    if desk.change.by != "alignment" and not (desk.asked("strengthen") or desk.asked("add_objective")):
        return ""
    match = _target(desk)
    if match is None:
        raise Unmet("the rules cannot tell which clause this is about; name its id, or say it in the clause's words.")
    done: list[str] = []
    objectives = desk.content["objectives"]
    cited = next((o for o in objectives if match.clause.id in o["clause_ids"] and o["id"].startswith("live_")), None)
    asked = objective_for(desk.made, (match,)).model_dump(mode="json")
    if cited is None and len(objectives) < 8 and asked["id"] not in {o["id"] for o in objectives}:
        objectives.append(asked | {"weight": 1.5})
        done.append("an objective")
    elif cited is not None:
        titles = {objective["text"] for objective in objectives}
        for rank, entry in enumerate(desk.made.practices(match)):
            if entry.title not in titles and rank and len(objectives) < 6:
                more = objective_for(desk.made, (match,), rank).model_dump(mode="json")
                if more["id"] not in {objective["id"] for objective in objectives}:
                    objectives.append(more)
                    done.append(f"the objective “{entry.title}”")
                    break
    if line := _fresh_line(desk, match):
        desk.content["exemplars"].append(line)
        done.append(f"the example line “{line}”")
    if not done:
        raise Unmet(f"the rules have nothing further to offer for {match.clause.id}; please write a line for it.")
    if match.clause.id not in desk.content["clause_ids"]:
        desk.content["clause_ids"].append(match.clause.id)
    return f"For {match.clause.id}: added {' and '.join(done)}."


def _as_judged(desk: Desk) -> str:
    """A judge's request: what it wants out goes, an objection it words is taken over, else its clause is strengthened.

    The author prefers lines of its own and takes over the judge's only when it has none left.
    """
    done: list[str] = []
    if (found := desk.asked("take_out")) and (quote := _group(found)):
        changed = editing.remove_quote(desk.content, quote, desk.change.field, desk.values)
        done += [f"Removed “{quote}” from {', '.join(changed)}."] if changed else []
    if found := desk.asked("such_objection"):
        objections = desk.content["persona"]["objections"]
        line = sentence(_group(found))
        if line not in [objection["line"] for objection in objections] and len(objections) < 12:
            objections.append({"line": line, "answered_by": []})
            done.append(f"Gave the persona the objection “{line}”.")
    if done or desk.asked("such_objection"):
        return " ".join(done)
    try:
        return _strengthen(desk)
    except Unmet:
        found = desk.asked("such_line")
        line = sentence(_group(found)) if found else ""
        if not line or line in desk.content["exemplars"] or len(desk.content["exemplars"]) >= 12:
            raise
        desk.content["exemplars"].append(line)
        return f"Took over the judge's example line “{line}”."


def _group(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group), "")


def _target(desk: Desk) -> Matched | None:
    """The clause a request is about: by id, or closest in words; without a charter, the family it speaks about."""
    affinity = desk.made.archetype.affinity
    about = f"{desk.change.criterion_id.replace('_', ' ')} {desk.text}"
    if desk.charter is None:
        family = family_of(about, desk.library, affinity)
        if not family:
            return None
        practice = desk.library.families[family].practice[0].how
        own = Clause(id=GENERIC, kind=ClauseKind.VALUE, text=sentence(desk.made.fill(practice)))
        return Matched(own, family, 1.0)
    named = (c for c in desk.charter.clauses if re.search(rf"(?<![\w.-]){re.escape(c.id)}(?![\w-])", desk.text))
    clause = next(named, None) or closest_clause(about, desk.charter.clauses, desk.library)
    return Matched(clause, clause_family(clause, desk.library, affinity), 1.0) if clause else None


def _fresh_line(desk: Desk, match: Matched) -> str:
    """A line that acts the clause out and is not there yet, in the company's voice; "" where there is none."""
    if len(desk.content["exemplars"]) >= 12:
        return ""
    voice = brand_voice(desk.charter, desk.library) if desk.charter else None
    for line in lines_for(desk.made, match):
        spoken = voiced((line,), voice[1], desk.library)[0] if voice and voice[1] != "warm" else line
        if not any(line in present or spoken in present for present in desk.content["exemplars"]):
            return spoken
    return ""


Rule = Callable[[Desk], str]
_FROM_PERSON: tuple[Rule, ...] = (
    _title,
    _replace,
    adjusting.remove_counted,
    adjusting.remove_about,
    _remove,
    _rename,
    adjusting.replace_words,
    adjusting.manner,
    _shorter,
    adjusting.simpler,
    _add,
    _difficulty,
    _mention,
    adjusting.refused,
    _strengthen,
)
_FROM_JUDGE: tuple[Rule, ...] = (_replace, _as_judged)
