"""A translation is added where a scenario waits, signed with it, and played in every part of a practice."""

from __future__ import annotations

from typing import Any

import pytest

from agents.author import Draft, DraftOrder
from agents.author.translating import Translated
from approvals.checkpoint import Comment, DecisionKind, Edit
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs import branching, practising, retrying, translating
from graphs.batching import review_again
from graphs.live import LiveTurns
from graphs.reviewing import review
from graphs.scenes import load_scene
from graphs.showing import example
from practice.preferences import Form, Preferences
from practice.scenario import Scenario
from practice.translation import translatable, with_translation
from store.purpose import Purpose
from store.records import CheckpointRow
from store.unit_of_work import Store
from tests.company import OFFLINE, Company, ScriptedPersona, ensemble
from tests.desk import PLAYERS, Desk
from tests.graphs.varied import VARIED

GERMAN = {path: f"Auf Deutsch: {text}" for path, text in translatable(VARIED).items()} | {
    "persona.concerns[0].topic": "Verzug, Verspätung, Termin, Freigabe",
    "persona.concerns[0].voiced": "Ehrlich? Meine Änderungen lagen neun Tage herum.",
    "persona.concerns[1].topic": "müde, Abende",
    "opening_line": "Sie wollten mich sprechen?",
    "short_version.opening_line": "Ja bitte?",
    "slots[1].values[0]": "zwei",
    "slots[1].values[1]": "drei",
}
ASKING = "Was steckt aus Ihrer Sicht hinter der Verspätung?"
IN_GERMAN = Preferences(language="de")


class Writes:
    """Writes what it is given; with a model's manner it translates, too."""

    def __init__(self, scenario: Scenario = VARIED) -> None:
        self.scenario = scenario

    async def draft(self, order: DraftOrder) -> Draft:
        return Draft(scenario=self.scenario, provenance=OFFLINE)


class Translates(Writes):
    async def translate(self, scenario: Scenario, language: str) -> Translated:
        return Translated(language=language, texts=GERMAN, provenance=OFFLINE)


async def added(desk: Desk, waits: CheckpointRow, texts: dict[str, str] = GERMAN) -> CheckpointRow:
    """Maria adds a translation; gives the checkpoint where the new version waits."""
    maria = desk.company.maria
    sheet = await translating.sheet(desk.store, maria, waits.id, "de")
    await translating.add(
        desk.store, maria, waits.id, "de", texts, seen=waits.review_digest, of=sheet.source_digest, players=PLAYERS
    )
    await desk.runtime.bring_forward(waits.run_id)
    return await desk.pending(waits.run_id)


async def test_a_translation_makes_a_new_version_that_somebody_else_signs(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Writes()))
    waits = await desk.ordered()
    before = await translating.sheet(store, company.maria, waits.id, "de")
    assert [line.text for line in before.texts] == [""] * len(GERMAN)
    again = await added(desk, waits)
    assert (again.id, again.digest) != (waits.id, waits.digest)
    shown = await review(store, company.jonas, again.id)
    assert [(each.language, each.fits) for each in shown.translations] == [("de", True)]
    assert shown.notes == "Translated into de."
    with pytest.raises(NotAllowed, match="You wrote text"):
        await desk.decide(company.maria, again)
    await desk.decide(company.jonas, again)
    assert await desk.signed() == [again.subject_id]


async def test_what_is_stale_or_incomplete_is_shown_and_never_offered(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Writes()))
    some = await added(desk, await desk.ordered(), {"title": "{weeks} Wochen zu spät", "setting": " "})
    [standing] = (await review(store, company.jonas, some.id)).translations
    assert len(standing.missing) == standing.texts - 1
    whole = await added(desk, some)
    reworded = (Edit(field="opening_line", text="You asked for me?"),)
    await desk.decide(company.maria, whole, DecisionKind.APPROVE_WITH_EDITS, edits=reworded)
    stale = await desk.pending(whole.run_id)
    [standing] = (await review(store, company.jonas, stale.id)).translations
    assert (standing.stale, standing.missing) == (True, ())
    sheet = await translating.sheet(store, company.maria, stale.id, "de")
    assert sheet.stale
    assert sheet.filled == len(sheet.texts)
    # One text put right does not vouch for the others; the whole file does.
    one = (Edit(field="translations[0].texts.opening_line", text="Sie haben nach mir gefragt?"),)
    await desk.decide(company.maria, stale, DecisionKind.APPROVE_WITH_EDITS, edits=one)
    mended = await desk.pending(whole.run_id)
    assert [each.stale for each in await translating.standing_at(store, company.jonas, mended.id)] == [True]
    await desk.decide(company.jonas, mended)
    with pytest.raises(InvalidInput, match="not offered in 'de'"):
        await practising.begin(store, company.amir, mended.subject_id, preferences=IN_GERMAN)
    assert await practising.begin(store, company.amir, mended.subject_id)


async def test_what_does_not_fit_is_refused_with_its_field(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Writes()))
    waits = await desk.ordered()
    sheet = await translating.sheet(store, company.maria, waits.id, "de")

    async def add(language: str, texts: dict[str, str], of: str = sheet.source_digest) -> None:
        seen = waits.review_digest
        await translating.add(store, company.maria, waits.id, language, texts, seen=seen, of=of, players=PLAYERS)

    for language, texts, where in (
        ("de", {"setting": "Ohne Namen."}, "setting"),
        ("de", {"persona.name": "Nora"}, "persona.name"),
        ("en", {"title": "x"}, "language"),
        ("de", {"title": ""}, "texts"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await add(language, texts)
        assert refused.value.where == where
        assert refused.value.todo
    with pytest.raises(Conflict, match="another text"):
        await add("de", {"opening_line": "Ja?"}, of="0" * 64)
    with pytest.raises(NotAllowed):
        await translating.sheet(store, company.amir, waits.id, "de")


async def test_a_draft_is_kept_by_nobody_and_rules_say_that_they_cannot(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Translates()))
    waits = await desk.ordered()
    drafted = await translating.draft(store, desk.players, company.maria, waits.id, "de")
    assert {line.field: line.text for line in drafted.texts} == GERMAN
    assert drafted.drafted_by == OFFLINE.label
    assert (await translating.sheet(store, company.maria, waits.id, "de")).filled == 0
    with pytest.raises(InvalidInput, match="cannot translate"):
        await translating.draft(store, ensemble(author=Writes()), company.maria, waits.id, "de")
    from agents.author.offline import OfflineAuthor

    with pytest.raises(InvalidInput, match="rules cannot translate"):
        await translating.draft(store, ensemble(author=OfflineAuthor()), company.maria, waits.id, "de")


async def test_the_authors_next_version_carries_the_translation_on(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=(author := Writes())))
    whole = await added(desk, await desk.ordered())
    author.scenario = VARIED.model_copy(update={"learner_goal": "Ask, then listen."})
    asked = (Comment(field="learner_goal", text="Shorter, please."),)
    await desk.decide(company.jonas, whole, DecisionKind.REQUEST_CHANGES, comments=asked)
    again = await desk.pending(whole.run_id)
    [standing] = await translating.standing_at(store, company.jonas, again.id)
    assert (standing.language, standing.stale) == ("de", True)


async def test_a_practice_is_played_in_the_language_from_the_first_line_to_every_branch(
    store: Store, company: Company
) -> None:
    persona = ScriptedPersona(["Das ist so eine Sache."])
    desk = Desk(store, company, ensemble(author=Writes(with_translation(VARIED, "de", GERMAN)), persona=persona))
    waits = await desk.ordered()
    await desk.decide(company.jonas, waits)
    me: Any = company.amir
    with pytest.raises(InvalidInput, match="Nobody here speaks 'de' as persona"):
        await practising.begin(store, me, waits.subject_id, preferences=IN_GERMAN, speechless=("persona",))
    first = await practising.begin(store, me, waits.subject_id, twin_seed=3, preferences=IN_GERMAN)

    async def scene(practice_id: str) -> Any:
        async with store.read() as work:
            return await load_scene(work, practice_id, me.person_id, Purpose.OWN_PRACTICE)

    begun = await scene(first)
    weeks = {"two": "zwei", "three": "drei"}[begun.practice.choices["weeks"]]
    assert begun.scenario.language == "de"
    assert begun.scenario.opening_line == GERMAN["opening_line"]
    assert begun.scenario.title == f"Auf Deutsch: {weeks} weeks late"
    assert begun.scenario.persona.name == begun.practice.choices["name"]

    live = LiveTurns(store, desk.players)
    turn = await live.say(first, me.person_id, ASKING)
    told = [event async for event in live.listen(first, me.person_id, turn=turn.number)][-1].data
    assert told["opened"] == 1, "the German question is understood by the German rules, about German topic words"
    cue = persona.cues[-1]
    assert cue.language == "de"
    assert [each.voiced for each in cue.open_concerns] == [GERMAN["persona.concerns[0].voiced"]]

    with pytest.raises(Conflict, match="language it began in"):
        await practising.prefer(store, me, first, Preferences(language="fr"))
    await practising.prefer(store, me, first, Preferences(goal="Zuhören"))
    assert (await scene(first)).scenario.language == "de"

    branch = await branching.branch(store, me, first, 1, preferences=Preferences(goal="Anders"))
    twin = await retrying.again(store, me, first, seed=1, preferences=Preferences(goal="Noch einmal"))
    short = await practising.begin(store, me, waits.subject_id, form=Form.SHORT, preferences=IN_GERMAN)
    for each in (branch, twin, short):
        assert (await scene(each)).scenario.language == "de"
    assert (await scene(short)).scenario.opening_line == GERMAN["short_version.opening_line"]
    assert (await scene(twin)).practice.choices["weeks"] in ("two", "three"), "choices are kept as they were signed"
    plain = await practising.begin(store, me, waits.subject_id)
    assert (await scene(plain)).scenario.language == "en"
    watched = await example(store, desk.players, me, waits.subject_id, language="de")
    assert watched.scenario.exemplars[0] == GERMAN["exemplars[0]"]


async def test_what_is_signed_already_gets_a_translation_at_its_second_look(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Writes()))
    waits = await desk.ordered()
    await desk.decide(company.jonas, waits)
    await review_again(store, company.maria, [waits.run_id])
    await desk.runtime.bring_forward(waits.run_id)
    second = await added(desk, await desk.pending(waits.run_id))
    assert await desk.signed() == [waits.subject_id], "it stays signed meanwhile"
    assert second.risk == "high", "it is compared with what is signed, and has a deck in another language"
    for actor in (company.jonas, company.sofia):
        await desk.decide(actor, second)
    assert await desk.signed() == [second.subject_id]
