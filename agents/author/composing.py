"""Composing a scenario from an archetype, a brief and, where there is one, the company's charter.

Without a charter the archetype speaks alone: the sensible script everybody would write. With one, the clauses that
speak about the brief decide the objectives, most example lines, one temptation, one of the hidden concerns, a goal of
the persona and a safety note; each of them is cited by the clause's id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.author import reading
from agents.author.archetypes import (
    Archetype,
    ConcernEntry,
    Family,
    Library,
    ObjectiveEntry,
    PersonaEntry,
    PracticeEntry,
)
from agents.author.editing import put, texts
from agents.author.matching import Fit, Matched, choose, relevant_clauses, stems
from agents.author.voicing import brand_voice, voiced
from practice.brief import Brief, Difficulty
from practice.names import called
from practice.observation import Behaviour
from practice.scenario import (
    Concern,
    Objective,
    ObjectiveLevel,
    Persona,
    RevealCondition,
    Scenario,
    ShortVersion,
    Slot,
)
from practice.variation import PLACEHOLDER
from strategy.charter import Charter, Clause, ClauseKind

GENERIC = "generic"  # what a scenario cites that was written without a charter
SITUATION_LIMIT = 2400
LINE_LIMIT = 1200
MOST_OBJECTIVES = 4
REPEATED = 0.3  # of an objective's words in a family's: it says the same again
_SERVED = frozenset({ClauseKind.MISSION, ClauseKind.BRAND_VOICE})


@dataclass(frozen=True)
class Composed:
    """A scenario, and what its author wants the designer to know."""

    scenario: Scenario
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """What all parts of one composition share. ``practised`` are the clauses that objectives are made of."""

    brief: Brief
    library: Library
    fit: Fit
    charter: Charter | None
    matched: tuple[Matched, ...]
    matter: str
    figure: str

    @property
    def archetype(self) -> Archetype:
        """The archetype that was chosen."""
        return self.fit.archetype

    @property
    def practised(self) -> tuple[Matched, ...]:
        """The clauses that objectives are made of: behaviours and convictions rather than missions."""
        able = tuple(m for m in self.matched if m.clause.kind not in _SERVED) or self.matched
        # One theme must not crowd out the others: the first clause of each comes before the second of any.
        again = [any(m.family and m.family == earlier.family for earlier in able[:i]) for i, m in enumerate(able)]
        ordered = sorted(zip(again, range(len(able)), able, strict=True), key=lambda each: each[:2])
        return tuple(m for _, _, m in ordered[:MOST_OBJECTIVES])

    def fill(self, text: str) -> str:
        """A text of the families in the archetype's own nouns and the brief's own figure."""
        figure = self.figure[:1].upper() + self.figure[1:]
        return text.replace("<matter>", self.matter).replace("<talk>", self.archetype.talk).replace("<figure>", figure)

    def family(self, match: Matched) -> Family | None:
        """The family of a clause; None where none was recognised."""
        return self.library.families.get(match.family)

    @property
    def themes(self) -> tuple[tuple[Matched, ...], ...]:
        """The practised clauses, those of one family together."""
        grouped: dict[str, list[Matched]] = {}
        for match in self.practised:
            grouped.setdefault(match.family or match.clause.id, []).append(match)
        return tuple(tuple(group) for group in grouped.values())

    @property
    def against(self) -> Clause | None:
        """The anti-behaviour that this brief tempts people into, if the charter has one that fits."""
        return next((m.clause for m in self.matched if m.clause.kind is ClauseKind.ANTI_BEHAVIOUR and m.family), None)

    def practices(self, match: Matched) -> tuple[PracticeEntry, ...]:
        """What a clause asks people to do, closest to its own words first."""
        family, wording = self.family(match), self.library.wording
        if family is None:
            return (PracticeEntry(title=wording.unplaced_title, how=self.fill(wording.unplaced_practice)),)
        own = set(stems(match.clause.text, self.library))

        def shared(entry: PracticeEntry) -> int:
            return len(own & set(stems(PLACEHOLDER.sub("", f"{entry.title} {entry.how}"), self.library)))

        ranked = sorted(family.practice, key=shared, reverse=True)
        return tuple(PracticeEntry(title=self.fill(each.title), how=self.fill(each.how)) for each in ranked)

    @property
    def first_practice(self) -> PracticeEntry:
        """What the most relevant clause asks people to do."""
        return self.practices(self.practised[0])[0]


def parts(brief: Brief, charter: Charter | None, library: Library) -> Parts:
    """Choose the archetype and the clauses."""
    fit = choose(brief, library)
    matched = relevant_clauses(brief, fit.archetype, charter, library) if charter else ()
    matter = reading.subject(brief.skill, library) or fit.archetype.matter
    return Parts(brief, library, fit, charter, matched, matter, reading.figure(brief.situation, library))


def compose(brief: Brief, charter: Charter | None, library: Library) -> Composed:
    """Write the first version of a scenario."""
    made = parts(brief, charter, library)
    archetype, wording = made.archetype, library.wording
    text = f"{brief.situation} {brief.skill}"
    named = reading.person_named(text, library)
    role = reading.other_role(brief, archetype, library)
    slots = dict(archetype.slots)
    slots["name"] = reading.names_for(slots["name"], named, role, text, library)
    if archetype.second:
        slots["second"] = _other_names(slots["second"], slots["name"])
    exemplars, voice = _exemplars(made)
    cited = [m.clause.id for m in made.practised] + [clause.id for clause in _served(made)]
    cited += [made.against.id] if made.against else []
    clause_ids = tuple(dict.fromkeys(cited + ([voice.id] if voice else []))) or (GENERIC,)
    title = wording.title.replace("<skill>", _slotted(reading.plain(brief.skill), named)).replace(
        "<title>", archetype.title
    )
    scenario = Scenario(
        title=title if len(title) <= 180 else archetype.title[0].upper() + archetype.title[1:],
        skill=brief.skill,
        audience=brief.audience,
        setting=_setting(made, named),
        learner_role=_learner_role(made),
        learner_goal=_learner_goal(made, named),
        difficulty=brief.difficulty,
        language=brief.language,
        clause_ids=clause_ids,
        objectives=_objectives(made),
        persona=_persona(made, role),
        others=_others(made),
        opening_line=getattr(archetype.openings, brief.difficulty.value),
        exemplars=exemplars,
        safety_notes=_safety_notes(made),
        short_version=_short_version(made),
        slots=tuple(Slot(key=key, values=values[:12]) for key, values in slots.items()),
        barrier=archetype.barrier,
    )
    return Composed(with_used_slots(_without_namesake(scenario, named)), _notes(made, role, named, voice))


def _without_namesake(scenario: Scenario, named: str) -> Scenario:
    """Somebody the library mentions in passing must not bear the name that the brief gives the other person."""
    if not named:
        return scenario
    spare = next(value for slot in scenario.slots if slot.key == "name" for value in (*slot.values[1:], "Robin"))
    content = scenario.content()
    for path, text in texts(content).items():
        if path not in {"skill", "audience"}:
            put(content, path, re.sub(rf"(?<!\w){re.escape(named)}(?!\w)", spare, text))
    return Scenario.model_validate(content)


def with_used_slots(scenario: Scenario) -> Scenario:
    """The scenario without slots that no text uses."""
    content = scenario.model_dump_json(exclude={"slots"})
    used = set(PLACEHOLDER.findall(content))
    return scenario.model_copy(update={"slots": tuple(slot for slot in scenario.slots if slot.key in used)})


def pick(key: str, count: int) -> int:
    """A number in ``range(count)`` that depends on ``key`` only."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % count


def quotable(clause: Clause) -> str:
    """The clause in its own words, as a sentence, short enough to stand inside another text."""
    return reading.sentence(reading.fitted(reading.plain(clause.text), 260))


def objective_for(made: Parts, theme: Sequence[Matched], rank: int = 0) -> Objective:
    """The objective that clauses of one family ask for: its title is one behaviour, the clauses stand beside it by id.

    Args:
        made: what the composition shares.
        theme: clauses of one family, the most relevant first.
        rank: which of the family's behaviours, 0 for the one closest to the first clause.
    """
    match = theme[0]
    wording, family = made.library.wording, made.family(match)
    practices = made.practices(match)
    anchors = (
        (family.missed, family.partly, family.shown)
        if family
        else (wording.unplaced_missed, wording.unplaced_partly, wording.unplaced_shown)
    )
    behaviours = family.behaviours if family else (Behaviour.INFORMATION, Behaviour.COMMITMENT)
    return Objective(
        id=objective_id(match.clause.id, rank),
        text=practices[rank % len(practices)].title,
        clause_ids=tuple(m.clause.id for m in theme),
        behaviours=tuple(b.value for b in behaviours),
        levels=_levels(*(made.fill(anchor) for anchor in anchors)),
    )


def objective_id(clause_id: str, rank: int = 0) -> str:
    """The id of the objective that a clause asks for, or of a further one for the same clause."""
    bare = re.sub(r"[^a-z0-9]+", "_", clause_id.lower()).strip("_")
    return f"live_{bare}"[:38] + (f"_{rank + 1}" if rank else "")


def lines_for(made: Parts, match: Matched) -> tuple[str, ...]:
    """Example lines that act the clause out, best first."""
    family = made.family(match)
    if family is None:
        return (made.library.wording.unplaced_line.replace("<clause>", quotable(match.clause)),)
    start = pick(match.clause.text, len(family.lines))
    general = family.lines[start:] + family.lines[:start]
    # A line with the brief's own figure says more than any other, and none without one.
    general = tuple(sorted(general, key=lambda line: "<figure>" not in line))
    if not made.figure:
        general = tuple(line for line in general if "<figure>" not in line)
    own = made.archetype.enact.get(match.family)
    return tuple(made.fill(line) for line in ((own, *general) if own else general))


def _levels(missed: str, partly: str, shown: str) -> tuple[ObjectiveLevel, ...]:
    return (
        ObjectiveLevel(key="missed", anchor=missed, value=0.0),
        ObjectiveLevel(key="partly", anchor=partly, value=0.5),
        ObjectiveLevel(key="shown", anchor=shown, value=1.0),
    )


def _setting(made: Parts, named: str) -> str:
    situation = reading.fitted(reading.sentence(made.brief.situation), SITUATION_LIMIT)
    situation = _slotted(situation, named)
    tempted = next((m for m in made.matched if m.clause == made.against), None)
    tempted = tempted or next((m for m in made.practised if m.family), None)
    temptation = ""
    if tempted and (family := made.family(tempted)):
        temptation = family.temptation
    return " ".join(part for part in (situation, *made.archetype.scene, made.fill(temptation)) if part)


def _slotted(text: str, named: str) -> str:
    """The brief's own name for the other person becomes the name slot."""
    return re.sub(rf"(?<!\w){re.escape(named)}(?!\w)", "{name}", text) if named else text


def _learner_role(made: Parts) -> str:
    wording = made.library.wording
    company = wording.at_no_company
    if made.charter:
        company = wording.at_company.replace("<company>", reading.plain(made.charter.company))
    text = wording.learner.replace("<who>", reading.learner(made.brief.audience, made.library))
    return text.replace("<company>", company).replace("<line>", made.archetype.learner_role)


def _served(made: Parts) -> tuple[Clause, ...]:
    return tuple(m.clause for m in made.matched if m.clause.kind is ClauseKind.MISSION and m not in made.practised)[:1]


def _learner_goal(made: Parts, named: str) -> str:
    wording = made.library.wording
    said = [made.archetype.goal]
    if made.practised:
        said.append(wording.goal_way.replace("<practice>", made.first_practice.how))
    if made.brief.worry:
        worry = _slotted(reading.fitted(reading.sentence(made.brief.worry), 400), named)
        said.append(wording.worry.replace("<worry>", worry))
    if made.charter and made.practised:
        why = next(iter(_served(made)), made.practised[0].clause)
        company = reading.plain(made.charter.company)
        said.append(wording.why_company.replace("<company>", company).replace("<clause>", quotable(why)))
    return reading.fitted(" ".join(said), LINE_LIMIT)


def _objectives(made: Parts) -> tuple[Objective, ...]:
    if not made.practised:
        return tuple(_own_objective(made, entry, GENERIC) for entry in made.archetype.objectives)
    weights = (2.0, 1.5)
    asked = tuple(
        objective_for(made, theme).model_copy(update={"weight": weights[rank] if rank < len(weights) else 1.0})
        for rank, theme in enumerate(made.themes)
    )
    # The archetype's own craft stays in, under the clause it has most in common with: once, or up to three objectives.
    # What a clause already asks for comes last, so that no two objectives say the same.
    own: list[Objective] = []
    for entry in sorted(
        made.archetype.objectives,
        key=lambda entry: (_repeats(made, entry), -max(_in_common(made, entry, m) for m in made.practised)),
    ):
        match = max(made.practised, key=lambda m: _in_common(made, entry, m))
        if not own or len(asked) + len(own) < 3:
            own.append(_own_objective(made, entry, match.clause.id))
    return (*asked, *own)


def _in_common(made: Parts, entry: ObjectiveEntry, match: Matched) -> int:
    family = made.family(match)
    return len(set(entry.behaviours) & set(family.behaviours)) if family else 0


def _repeats(made: Parts, entry: ObjectiveEntry) -> bool:
    """Whether an objective of the archetype says in other words what a practised family's anchors say."""
    own = _topic(made, f"{entry.text}. {entry.shown}")
    for match in made.practised:
        family = made.family(match)
        if family and own:
            theirs = _topic(made, " ".join([*(f"{p.title} {p.how}" for p in family.practice), family.shown]))
            if len(own & theirs) >= REPEATED * len(own):
                return True
    return False


def _topic(made: Parts, text: str) -> set[str]:
    return set(stems(PLACEHOLDER.sub("", made.fill(text)), made.library))


def _own_objective(made: Parts, entry: ObjectiveEntry, clause_id: str) -> Objective:
    return Objective(
        id=entry.id,
        text=made.fill(entry.text),
        clause_ids=(clause_id,),
        behaviours=tuple(b.value for b in entry.behaviours),
        levels=_levels(entry.missed, entry.partly, entry.shown),
    )


def _exemplars(made: Parts) -> tuple[tuple[str, ...], Clause | None]:
    if not made.charter:
        return made.archetype.exemplars, None
    lines: list[str] = []
    for rank, match in enumerate(made.practised):
        fresh = [line for line in lines_for(made, match) if line not in lines]
        lines += fresh[: 2 if rank == 0 else 1]
    lines += made.archetype.exemplars[:1]
    if made.archetype.second and not any("{second}" in line for line in lines):
        lines += [line for line in made.archetype.exemplars if "{second}" in line][:1]
    voice = brand_voice(made.charter, made.library)
    if voice is None:
        return tuple(lines), None
    return voiced(tuple(lines), voice[1], made.library), voice[0]


def concern_family(made: Parts) -> tuple[Matched, Family] | None:
    """The most relevant clause whose family has a concern that this persona could have."""
    unfit = "inside" if made.archetype.outside else "outside"
    for match in made.practised:
        family = made.family(match)
        if family and family.concern_fits != unfit:
            return match, family
    return None


def _persona(made: Parts, role: str) -> Persona:
    entry = made.archetype.persona
    concerns = list(entry.concerns)
    goals = list(entry.goals)
    if found := concern_family(made):
        match, family = found
        # The archetype's first concern always stays; which of the others gives way depends on the clause.
        concerns = [concerns[0], concerns[1 + pick(match.clause.id, len(concerns) - 1)], family.concern]
        goals.append(family.persona_goal)
    return _played(made, entry, "{name}", role, goals, concerns)


def _others(made: Parts) -> tuple[Persona, ...]:
    """The second person, where the archetype has one: as it is written, without a clause of the charter in it."""
    entry = made.archetype.second
    return () if entry is None else (_played(made, entry, "{second}", "", entry.goals, entry.concerns[:2]),)


def _other_names(names: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    """Names of which none is called as anybody in ``taken`` may be."""
    known = {part.casefold() for name in taken for part in called(name)}
    spare = ("Robin Adler", "Kit Moran", "Noor Bakker")
    free = [name for name in (*names, *spare) if not known & {part.casefold() for part in called(name)}]
    return tuple(free[: len(names)])


def _played(
    made: Parts, entry: PersonaEntry, name: str, role: str, goals: Sequence[str], concerns: Sequence[ConcernEntry]
) -> Persona:
    difficulty = made.brief.difficulty
    harder = {Difficulty.GENTLE: 1, Difficulty.REALISTIC: 0, Difficulty.DEMANDING: -1}[difficulty]
    objections = entry.objections if harder < 0 else entry.objections[: 2 - max(harder, 0)]
    return Persona(
        name=name,
        role=role or entry.role,
        relationship=entry.relationship,
        style=made.library.wording.styles[difficulty.value].replace("<style>", entry.style),
        stance=entry.stance,
        goals=tuple(goals),
        objections=objections,
        concerns=tuple(concern(made, item, rank, difficulty) for rank, item in enumerate(concerns)),
        mood=max(-3, min(3, entry.mood + harder)),
        trust=max(-3, min(3, entry.trust + harder)),
        small_talk=entry.small_talk,
        closing=entry.closing,
    )


def concern(made: Parts, entry: ConcernEntry, rank: int, difficulty: Difficulty) -> Concern:
    """A hidden concern. The harder the scene, the more trust the later ones need."""
    trust = {Difficulty.GENTLE: 0, Difficulty.REALISTIC: min(rank, 1), Difficulty.DEMANDING: min(rank, 2)}[difficulty]
    return Concern(
        id=entry.id,
        fact=made.fill(entry.fact),
        topic=entry.topic,
        cover=made.fill(entry.cover),
        reveal=RevealCondition(on=entry.on, times=entry.times, min_trust=trust),
        voiced=made.fill(entry.voiced),
        effect=made.fill(entry.effect),
        trust=entry.trust,
    )


def _safety_notes(made: Parts) -> tuple[str, ...]:
    notes = list(made.archetype.safety)
    if made.against:
        notes.append(made.library.wording.safety.replace("<clause>", quotable(made.against)))
    family = next((f for m in made.practised if (f := made.family(m))), None)
    if family:
        notes.append(family.safety)
    return tuple(made.fill(note) for note in notes)


def _short_version(made: Parts) -> ShortVersion:
    short = made.archetype.short
    goal = short.goal
    if made.practised:
        practice = reading.lower_first(made.first_practice.title)
        goal = made.library.wording.short_goal.replace("<goal>", goal).replace("<practice>", practice)
    return ShortVersion(setting=short.setting, opening_line=short.opening, goal=goal)


def _notes(made: Parts, role: str, named: str, voice: Clause | None) -> tuple[str, ...]:
    notes = [f"Composed by rules from the archetype '{made.archetype.id.replace('_', ' ')}'."]
    if not made.fit.fits:
        notes.append(
            "No archetype of the library fits this brief closely, so this is the general hard conversation with your"
            " situation in it. Read it with particular care."
        )
    if len(reading.plain(made.brief.situation)) > SITUATION_LIMIT:
        notes.append("The situation was longer than a setting should be; only its beginning was taken over.")
    if made.archetype.second:
        notes.append("The brief asks for two people, so there are two in the scene: read both decks.")
    taken = [f"the name {named}" if named else "", f"the role '{role}'" if role else ""]
    if any(taken):
        notes.append(f"Taken from the brief: {' and '.join(t for t in taken if t)}.")
    for match in made.practised:
        about = match.family.replace("_", " ") or "nothing the rules recognise; please sharpen its objective"
        notes.append(f"{match.clause.id} is practised as an objective (it is about {about}).")
    if voice:
        notes.append(f"The example lines follow {voice.id}.")
    if not made.charter:
        notes.append("Written without a charter: nothing in it belongs to one company.")
    return tuple(notes)
