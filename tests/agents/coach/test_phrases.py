"""The coach's words: the same in every language, clean by the linter's rules, and no English in the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import pytest
from ruamel.yaml import YAML

from agents.coach import Rung, phrases
from agents.coach.diagnosis import focus_of
from agents.coach.hinting import REASONS
from agents.coach.offline import _WANTED as FOCUSES
from agents.coach.offline import OfflineCoach
from agents.coach.phrases import LANGUAGES, load_words
from agents.coach.view import checked, view_of
from agents.coach.writing import write
from practice.debrief import Debrief, TranscriptLine
from practice.feedback import lint_hint
from practice.observation import Behaviour
from practice.observing import observed
from practice.phrases import LANGUAGES as KNOWN
from practice.phrases import load
from practice.scenario import Scenario
from practice.screening import guess_language
from tests.practice.scenarios import OVERLOAD

OTHERS = [code for code in LANGUAGES if code != "en"]
MARKS = {"en": "“”", "de": "„“", "fr": "«»", "es": "«»"}
ENGLISH = {
    "the",
    "you",
    "your",
    "yours",
    "said",
    "says",
    "then",
    "that",
    "what",
    "and",
    "with",
    "this",
    "these",
    "turn",
    "after",
    "of",
    "to",
    "it",
    "is",
    "at",
    "from",
    "how",
    "which",
    "there",
    "their",
}
QUOTED = re.compile(r"«[^«»]*»|„[^„“]*“|“[^“”]*”")


def raw(language: str) -> dict[str, Any]:
    text = (resources.files(phrases) / f"{language}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from leaves(value, f"{path}.{name}")
    else:
        yield path, str(data)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def english(text: str) -> set[str]:
    """Words that only English has, of the four."""
    return {*re.findall(r"\w+", text.casefold())} & ENGLISH


def test_the_coach_speaks_every_language_that_can_be_practised_in() -> None:
    assert {*LANGUAGES} == {*KNOWN}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    mine, english = dict(leaves(raw(language))), dict(leaves(raw("en")))
    assert mine.keys() == english.keys()
    patterns = {".feeling"}
    assert {path: placeholders(mine[path]) for path in mine if path not in patterns} == {
        path: placeholders(english[path]) for path in english if path not in patterns
    }
    same = {path for path in mine if mine[path] == english[path]}
    assert {path.split(".")[1] for path in same} == {"counter", "behaviour"}
    assert all(path.endswith(".focus") for path in same if path.startswith(".behaviour"))
    assert raw(language)["counter"] == raw("en")["counter"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_behaviour_focus_rung_and_reason_has_words(language: str) -> None:
    words = load_words(language)
    behaviours = {each.value for each in Behaviour}
    assert behaviours == {*words.behaviour} == {*words.instead} == {*words.why}
    assert {*words.focus} == {*FOCUSES}
    assert all({*rungs} == {each.value for each in Rung} for rungs in words.focus.values())
    assert {each["focus"] for each in words.behaviour.values()} <= {*words.focus}
    assert {*words.by_rules} == {*REASONS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    opening, closing = MARKS[language][0], MARKS[language][1]
    for path, text in leaves(raw(language)):
        if path == ".feeling":
            continue
        assert '"' not in text, path
        assert text.count(opening) == text.count(closing), path
        assert not {*"“”„«»"} & {*text} - {opening, closing}, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_the_coach_are_trait_language_or_of_another_language(language: str) -> None:
    for path, text in leaves(raw(language)):
        if path.split(".")[1] in {"feeling", "counter"} or path.endswith(".focus"):
            continue
        bare = re.sub(r"\{\w+\}", " … ", text)
        assert not any(load(code).find("trait", bare) for code in KNOWN), path
        assert language == "en" or not english(bare), path
        if len(bare.split()) >= 8:
            assert guess_language(bare) in {language, None}, path


SPEAKS: dict[str, tuple[str, ...]] = {
    "en": ("The numbers come two days late, and nobody told me.", "Is it late again?"),
    "de": ("Die Zahlen kommen zwei Tage zu spät, und niemand hat mir etwas gesagt.", "Ist es wieder zu spät?"),
    "fr": ("Les chiffres arrivent deux jours trop tard, et personne ne m'a rien dit.", "C'est encore en retard ?"),
    "es": ("Las cifras llegan dos días tarde, y nadie me dijo nada.", "¿Otra vez tarde?"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rung", list(Rung))
def test_each_hint_of_each_focus_fills_and_lints_clean(language: str, rung: Rung) -> None:
    theirs, yours = SPEAKS[language]
    words = load_words(language)
    for focus, rungs in words.focus.items():
        text = rungs[rung.value].format(persona="Jana", their=theirs.rstrip("."), your=yours)
        assert "{" not in text
        assert lint_hint(text, [theirs, yours], may_say=rung is Rung.MODEL_LINE) == (), (focus, text)
    shown = words.line.format(line=words.instead["open_question"]["plain"])
    assert lint_hint(shown, [], may_say=True) == ()


TALKS: dict[str, Sequence[Sequence[str]]] = {
    "de": (
        (
            "Was macht es so schwer, den Bericht rechtzeitig fertig zu bekommen?",
            "Die Zahlen vom Vertrieb kommen zwei Tage zu spät, und ich bin inzwischen ziemlich erschöpft davon.",
            "Das muss frustrierend sein.",
            "Ist es auch.",
            "Ich spreche bis Freitag mit dem Vertrieb.",
            "Das würde mir wirklich sehr helfen, denn so geht es nicht weiter.",
        ),
        ("Ist es schon wieder zu spät?", "Ja, leider.", "Du solltest einfach schneller arbeiten.", "Nein."),
        ("Das ist deine Schuld.", "Nein, das sehe ich anders.", "Und?", "Nichts."),
        ("Na gut.", "Und?", "In Ordnung.", "Tja."),
    ),
    "fr": (
        (
            "Qu'est-ce qui rend le rapport si difficile à finir à temps ?",
            "Les chiffres des ventes arrivent deux jours trop tard, et je suis épuisée à force d'attendre.",
            "Ça doit être frustrant.",
            "Oui, en effet.",
            "Je parle aux ventes d'ici vendredi.",
            "Cela m'aiderait vraiment beaucoup, parce que je ne peux pas continuer ainsi.",
        ),
        ("C'est encore en retard ?", "Oui, hélas.", "Tu devrais travailler plus vite.", "Non."),
        ("C'est votre faute.", "Non, je ne le vois pas ainsi.", "Et alors ?", "Rien."),
        ("Bon.", "Oui ?", "D'accord.", "Voilà."),
    ),
    "es": (
        (
            "¿Qué hace tan difícil terminar el informe a tiempo?",
            "Las cifras de ventas llegan dos días tarde, y estoy agotada de esperar cada semana.",
            "Debe de ser frustrante.",
            "Lo es.",
            "Hablaré con ventas antes del viernes.",
            "Eso me ayudaría mucho de verdad, porque así no puedo seguir.",
        ),
        ("¿Otra vez tarde?", "Sí, por desgracia.", "Deberías trabajar más rápido.", "No."),
        ("Es culpa tuya.", "No, yo no lo veo así.", "¿Y?", "Nada."),
        ("Bueno.", "¿Sí?", "De acuerdo.", "Ya."),
    ),
}
OPENS = {"de": "Sie wollten mich sprechen?", "fr": "Vous vouliez me voir ?", "es": "¿Quería verme?"}
OBJECTIVES = {
    "de": ("Fragt offen nach den Gründen.", "Zeigt, dass das Gehörte angekommen ist.", "Vereinbart einen Schritt."),
    "fr": ("Demande ouvertement les raisons.", "Montre ce qui a été entendu.", "Convient d'un pas."),
    "es": ("Pregunta abiertamente por las razones.", "Muestra lo que ha oído.", "Acuerda un paso."),
}


def scene(language: str, talk: Sequence[str]) -> tuple[Scenario, list[TranscriptLine]]:
    texts = OBJECTIVES[language]
    objectives = tuple(
        each.model_copy(update={"text": text}) for each, text in zip(OVERLOAD.objectives, texts, strict=True)
    )
    scenario = OVERLOAD.model_copy(update={"language": language, "objectives": objectives, "exemplars": ()})
    lines = [TranscriptLine(turn=0, speaker="persona", text=OPENS[language])]
    for index, text in enumerate(talk):
        turn, learner = index // 2 + 1, index % 2 == 0
        seen = observed(text, language, lines[-1].text) if learner else ()
        speaker = "learner" if learner else "persona"
        lines.append(TranscriptLine(turn=turn, speaker=speaker, text=text, observations=seen))
    return scenario, lines


def told(debrief: Debrief) -> list[str]:
    texts = [debrief.opening, debrief.next_action, debrief.notice, debrief.by_rules, *debrief.priorities]
    for each in debrief.objectives:
        texts += [each.situation, each.behaviour, each.impact, each.next_step, each.reason_text]
    return [text for text in texts if text]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("number", range(4))
async def test_the_rules_debrief_is_clean_and_speaks_the_language_of_the_scene(language: str, number: int) -> None:
    scenario, lines = scene(language, TALKS[language][number])
    draft = await OfflineCoach().debrief(view_of(scenario, lines))
    assert draft.opening
    assert draft.next_action
    debrief = checked(scenario, draft, lines)
    assert debrief.removed == ()
    assert (debrief.opening, debrief.next_action) == (draft.opening, draft.next_action)
    assert (await write(OfflineCoach(), scenario, lines)).debrief == debrief
    assert any(each.level for each in draft.levels) == (number != 3)
    for text in told(debrief):
        own = QUOTED.sub(" … ", text)
        assert not english(own), text
        assert "{" not in text
        if len(own.split()) >= 8:
            assert guess_language(own) in {language, None}, text


@pytest.mark.parametrize("language", OTHERS)
async def test_hints_of_the_offline_coach_are_clean_all_along_a_talk(language: str) -> None:
    for talk in TALKS[language]:
        scenario, lines = scene(language, talk)
        for end in range(1, len(lines) + 1, 2):
            view = view_of(scenario, lines[:end])
            for rung in Rung:
                hint = await OfflineCoach().hint(view, rung)
                found = lint_hint(hint.text, [line.text for line in lines[:end]], may_say=rung is Rung.MODEL_LINE)
                assert found == (), hint.text
                own = QUOTED.sub(" … ", hint.text)
                assert not english(own), hint.text


@pytest.mark.parametrize("language", OTHERS)
def test_a_feeling_that_was_passed_by_is_seen_in_every_language(language: str) -> None:
    scenario, lines = scene(language, TALKS[language][0][:2])
    assert focus_of(view_of(scenario, lines), load_words(language)) == "acknowledge"


async def test_a_signed_line_stands_in_the_marks_of_its_language() -> None:
    scenario, lines = scene("fr", TALKS["fr"][1][:2])
    scenario = scenario.model_copy(update={"exemplars": ("Qu'est-ce qui explique ce retard ?",)})
    hint = await OfflineCoach().hint(view_of(scenario, lines), Rung.MODEL_LINE)
    assert hint.text == "« Qu'est-ce qui explique ce retard ? »"


async def test_a_spanish_question_keeps_the_mark_that_opens_it() -> None:
    scenario, lines = scene("es", TALKS["es"][1][:2])
    draft = await OfflineCoach().debrief(view_of(scenario, lines))
    assert "«¿Otra vez tarde?»" in draft.levels[0].behaviour
    assert "«¿Otra vez tarde?»" in draft.next_action
    assert checked(scenario, draft, lines).removed == ()
