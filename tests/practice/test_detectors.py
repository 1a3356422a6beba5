"""The detectors: what they find, where they say it stands, and how often they are right on text they do not know."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evidence.characters import without_accents
from evidence.errors import InvalidInput
from practice.detection.cues import CueBook
from practice.detection.text import sentences
from practice.detectors import LanguagePack, available_languages, load_pack, observe, talk_ratio
from practice.observation import Behaviour

DATA = Path(__file__).parent / "data"
LANGUAGES = ("de", "en", "fr")
REFLECTIONS = {"simple_reflection", "complex_reflection"}
KINDS = {"feedback", "sales", "complaint", "planning", "conflict", "onboarding"}


def seen(text: str, previous: str = "", language: str = "en") -> set[str]:
    return {o.behaviour.value for o in observe(text, pack=load_pack(language), previous=previous)}


def pooled(behaviours: set[str]) -> set[str]:
    return behaviours | ({"reflection"} if behaviours & REFLECTIONS else set())


# --- whatever is said -------------------------------------------------------------------------------------------------

WORDS = {
    *("so", "you", "feel", "like", "what", "how", "many", "do", "know", "if", "i", "understand", "right", "tell", "me"),
    *("about", "it", "sounds", "that", "is", "not", "true", "because", "of", "let", "us", "meet", "on", "friday", "by"),
    *("noon", "should", "would", "suggest", "thank", "for", "being", "also", "was", "wie", "du", "Sie", "hast", "KPI"),
    *(",", ".", "?", "…", "--", "don't", "you're", "\n"),
}
TALK = st.lists(st.sampled_from(sorted(WORDS)), max_size=40).map(" ".join)
ANYTHING = st.one_of(st.text(max_size=200), TALK)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=150, deadline=None)
@given(text=ANYTHING, previous=ANYTHING)
def test_every_quote_stands_where_it_is_said_to_stand(language: str, text: str, previous: str) -> None:
    found = observe(text, pack=load_pack(language), previous=previous)
    for observation in found:
        assert observation.quote
        assert text[observation.start : observation.end] == observation.quote
        assert observation.observer == "code"
    assert [o.start for o in found] == sorted(o.start for o in found)
    assert len(set(found)) == len(found)
    assert found == observe(text, pack=load_pack(language), previous=previous)


@settings(max_examples=50, deadline=None)
@given(text=ANYTHING)
def test_curly_apostrophes_change_nothing(text: str) -> None:
    straight = text.replace("’", "'")
    assert seen(straight) == seen(straight.replace("'", "’"))


@pytest.mark.parametrize(
    "text", ["", " ", "?", "…", "?!?!", "🙂", "\x00", "İ̇ß ﬁ", "\ud800", "。？", "٣ ؟", "a" * 5000, "' '' '"]
)
def test_odd_text_is_taken_calmly(text: str) -> None:
    assert all(text[o.start : o.end] == o.quote for o in observe(text, pack=load_pack("en"), previous=text))


@pytest.mark.parametrize(
    "unit", ["you feel like what do you think so ", "you feel bad, ", "so ", "a", "-", "what? ", "'s "]
)
def test_time_grows_with_length_only(unit: str) -> None:
    pack = load_pack("en")
    text = (unit * 8_000)[:8_000]
    begun = time.process_time()
    observe(text, pack=pack, previous=text)
    assert time.process_time() - begun < 3  # a fifth of a second on an idle machine


# --- one behaviour at a time; none of these lines is in the labelled data ---------------------------------------------

OPEN = [
    "What would you like to be different by summer?",
    "How did the handover go?",
    "Why is that important to you?",
    "Can you tell me more about the audit?",
    "Could you walk us through a normal Monday?",
    "Tell me about your last project.",
    "Help me understand where the delay came from.",
    "I'm curious what your colleagues make of it.",
    "I wonder how that was for the apprentices.",
    "um so what, what do you make of all this",
    "We've got half an hour left, so how do you want to use it?",
    "If the budget were no issue, what would you do first?",
    "What about the evenings?",
    "And what else?",
    "In what way?",
    "Which situations make it worse?",
    "What you prefer in this solution?",
    "How you have solved it before?",
]
CLOSED = [
    "Did the parts arrive?",
    "Is that your signature?",
    "How many trucks do you run?",
    "How long have you lived in Leeds?",
    "When does the shift end?",
    "Who signs the invoices?",
    "What time is the meeting?",
    "Could you tell me when the warranty ends?",
    "Would you prefer an email or a phone call?",
    "You ordered it online, didn't you?",
    "So you live above the shop?",
    "That was in March, right?",
    "You paid how much?",
    "Would it be all right if I made a note?",
    "have you got the receipt with you",
    "You have already a password?",
    "It's possible to change the date?",
    "On a scale from zero to ten, how sure are you?",
]
NO_QUESTION = [
    "What a day.",
    "You know what?",
    "Okay?",
    "Right.",
    "Mm-hmm.",
    "When you're ready, we can go in.",
    "What you did for Omar was kind.",
    "I know what you mean.",
    "How he managed that is a mystery.",
    "Who knows?",
    "The lady who called is my aunt.",
    "Let me tell you about our canteen.",
    "Why don't you just ring the landlord?",
]


@pytest.mark.parametrize("text", OPEN)
def test_open_questions(text: str) -> None:
    assert {"open_question", "closed_question"} & seen(text) == {"open_question"}


@pytest.mark.parametrize("text", CLOSED)
def test_closed_questions(text: str) -> None:
    assert {"open_question", "closed_question"} & seen(text) == {"closed_question"}


@pytest.mark.parametrize("text", NO_QUESTION)
def test_what_only_looks_like_a_question(text: str) -> None:
    assert not {"open_question", "closed_question"} & seen(text)


def test_each_question_of_an_utterance_is_located() -> None:
    text = "Thanks for coming in. Did you find us easily? And what can we do for you?"
    found = [o for o in observe(text, pack=load_pack("en")) if "question" in o.behaviour]
    assert [(o.behaviour, o.quote) for o in found] == [
        (Behaviour.CLOSED_QUESTION, "Did you find us easily?"),
        (Behaviour.OPEN_QUESTION, "what can we do for you?"),
    ]


def test_a_fragment_narrows_the_open_question_before_it() -> None:
    assert "closed_question" not in seen("How did that feel? Awkward?")


REFLECTED = [
    ("I never get a lunch break.", "You never get a break."),
    ("I never get a lunch break.", "So the day just runs right through for you."),
    ("I never get a lunch break.", "No break at all."),
    ("I never get a lunch break.", "It sounds like you're running on empty."),
    ("I never get a lunch break.", "And that makes you resentful."),
    (
        "The training was in French and I don't speak it.",
        "Okay so, um, you you sat there and didn't understand a word.",
    ),
    ("The training was in French and I don't speak it.", "You'd have liked to be asked first."),
    ("The training was in French and I don't speak it.", "You not understand French and the training was in French."),
    (
        "I like the job, it's just the hours.",
        "So on the one hand you enjoy it, and on the other hand the hours are killing you.",
    ),
    ("I like the job, it's just the hours.", "Part of you wants to stay."),
    ("I like the job, it's just the hours.", "It's the hours."),
    ("He shouts at everyone.", "He shouts at all of you."),
    ("He shouts at everyone.", "You feel intimidated."),
]
NOT_REFLECTED = [
    ("I never get a lunch break.", "Okay."),
    ("I never get a lunch break.", "Mm-hmm, right."),
    ("I never get a lunch break.", "You should take one anyway."),
    ("I never get a lunch break.", "You need to talk to your shift leader."),
    ("I never get a lunch break.", "The law says thirty minutes after six hours."),
    ("I never get a lunch break.", "Let's look at the roster together."),
    ("I never get a lunch break.", "I'll send you the form."),
    ("I never get a lunch break.", "Do you get one on Fridays?"),
    ("I never get a lunch break.", "Thanks for telling me."),
    ("I never get a lunch break.", "That's simply not true."),
    ("Thanks.", "See you on Monday then."),
]


@pytest.mark.parametrize(("previous", "text"), REFLECTED)
def test_reflections(previous: str, text: str) -> None:
    assert seen(text, previous) & REFLECTIONS


@pytest.mark.parametrize(("previous", "text"), NOT_REFLECTED)
def test_what_is_no_reflection(previous: str, text: str) -> None:
    assert not seen(text, previous) & REFLECTIONS


def test_a_reflection_is_complex_when_it_adds_something() -> None:
    previous = "I never get a lunch break."
    assert seen("You never get a break.", previous) & REFLECTIONS == {"simple_reflection"}
    assert seen("You feel nobody here looks after you.", previous) & REFLECTIONS == {"complex_reflection"}


def test_checking_a_reflection_is_a_closed_question_beside_it() -> None:
    assert {"closed_question"} < seen("So you're worried it could happen again, is that right?", "It broke twice.")
    assert seen("So you're worried it could happen again, is that right?", "It broke twice.") & REFLECTIONS


OTHERS = [
    ("affirmation", "Thanks for being so patient with me."),
    ("affirmation", "You handled that call really well."),
    ("affirmation", "I appreciate how carefully you wrote this up."),
    ("acknowledgement", "I'm really sorry about the mix-up."),
    ("acknowledgement", "That must be exhausting for you."),
    ("acknowledgement", "I can see that you're worried about the move."),
    ("acknowledgement", "You are very sad about this decision."),
    ("summary", "Let me summarise: the roof leaks, the insurer is silent, and winter is coming."),
    ("summary", "So far you've told me about the noise, the heat and the short breaks."),
    ("advice_without_permission", "You should talk to your neighbour first."),
    ("advice_without_permission", "If I were you I'd wait a week."),
    ("advice_without_permission", "Have you thought about asking for a transfer?"),
    ("advice_without_permission", "Why don't you just ring the landlord?"),
    ("advice_with_permission", "If you like, I have an idea: you could swap shifts with Ali."),
    ("advice_with_permission", "It's your decision, but you might want to sleep on it."),
    ("confrontation", "Come on, that's nonsense."),
    ("confrontation", "You're exaggerating."),
    ("confrontation", "Calm down."),
    ("information", "The shuttle leaves at ten past every hour."),
    ("information", "According to the contract, the notice period is three months."),
    ("information", "In the meeting on Tuesday you interrupted Raj twice."),
    ("commitment", "I'll email you the slides by Thursday."),
    ("commitment", "Agreed: you call the plumber tomorrow and I pay the bill."),
    ("commitment", "Tomorrow I bring the keys."),
    ("blame", "You never tell anyone anything."),
    ("blame", "This is all your fault."),
    ("blame", "You should have checked that before."),
    ("jargon", "Let's circle back once the stakeholders are aligned."),
    ("jargon", "The QBR deck needs another pass."),
]
NEAR_MISSES = [
    ("affirmation", "Great."),
    ("affirmation", "Thanks, bye."),
    ("acknowledgement", "I'm tired today."),
    ("summary", "In the summer we close at noon."),
    ("advice_without_permission", "We should meet some time."),
    ("advice_without_permission", "May I make a suggestion?"),
    ("confrontation", "I see it differently on one point."),
    ("information", "What a mess."),
    ("commitment", "I'll do my best."),
    ("commitment", "Can you do it by Friday?"),
    ("blame", "You always find a way, I like that."),
    ("jargon", "The IT people from the UK sent a PDF to HR."),
    ("jargon", "PLEASE CALL ME BACK"),
]


@pytest.mark.parametrize(("behaviour", "text"), OTHERS)
def test_the_other_behaviours(behaviour: str, text: str) -> None:
    assert behaviour in seen(text)


@pytest.mark.parametrize(("behaviour", "text"), NEAR_MISSES)
def test_near_misses(behaviour: str, text: str) -> None:
    assert behaviour not in seen(text)


def test_advice_is_welcome_when_the_other_asked_for_it() -> None:
    assert "advice_with_permission" in seen("I'd start with the smallest room.", "What would you do?")
    assert "advice_without_permission" in seen("I'd start with the smallest room.", "It's all such a mess.")


def test_an_abbreviation_that_the_other_used_first_is_shared_language() -> None:
    assert "jargon" in seen("The CRM is down.")
    assert "jargon" not in seen("The CRM is down.", "What's wrong with the CRM?")


GERMAN = [
    ("open_question", "", "Was wäre dir im Sommer wichtig?"),
    ("open_question", "", "Wie lief die Übergabe?"),
    ("open_question", "", "Können Sie mir mehr über den Unfall erzählen?"),
    ("open_question", "", "Erzählen Sie mir von Ihrem letzten Projekt."),
    ("open_question", "", "Welche Erwartungen haben Sie an uns?"),
    ("open_question", "", "Mich würde interessieren, wie das für die Lehrlinge war."),
    ("closed_question", "", "Sind die Teile angekommen?"),
    ("closed_question", "", "Wie viele Lastwagen haben Sie?"),
    ("closed_question", "", "Wann endet die Schicht?"),
    ("closed_question", "", "Du wohnst über dem Laden?"),
    ("closed_question", "", "Darf ich mir eine Notiz machen?"),
    ("simple_reflection", "Ich habe nie Mittagspause.", "Du hast also nie Pause."),
    ("complex_reflection", "Ich habe nie Mittagspause.", "Du fühlst dich ausgenutzt."),
    ("affirmation", "", "Danke, dass Sie so geduldig sind."),
    ("acknowledgement", "", "Es tut mir leid, dass Sie warten mussten."),
    ("summary", "", "Ich fasse zusammen: Das Dach leckt, die Versicherung schweigt, und der Winter kommt."),
    ("advice_without_permission", "", "Du solltest zuerst mit deiner Nachbarin reden."),
    ("advice_with_permission", "", "Wenn du magst: Du könntest mit Ali tauschen."),
    ("confrontation", "", "Das ist doch Unsinn."),
    ("information", "", "Der Bus fährt alle zehn Minuten und kostet zwei Euro."),
    ("commitment", "", "Ich schicke Ihnen die Folien bis Donnerstag."),
    ("blame", "", "Nie sagst du jemandem Bescheid, das ist deine Schuld."),
    ("jargon", "", "Wir brauchen ein paar Quick Wins für die Stakeholder."),
]


@pytest.mark.parametrize(("behaviour", "previous", "text"), GERMAN)
def test_german(behaviour: str, previous: str, text: str) -> None:
    assert behaviour in seen(text, previous, "de")


def test_the_german_examples_show_every_behaviour() -> None:
    assert {behaviour for behaviour, _, _ in GERMAN} == {b.value for b in Behaviour}


def test_she_is_not_you_in_german() -> None:
    def formal(text: str) -> list[str]:
        return [w for s in sentences(text, load_pack("de").words) for w in s.words if w == "Sie"]

    assert formal("Dann haben Sie gewartet.") == ["Sie"]
    assert formal("Dann hat sie gewartet.") == []


FRENCH = [
    ("open_question", "", "Qu’est-ce qui vous retient ?"),
    ("open_question", "", "Comment tu le prends ?"),
    ("open_question", "", "Ca s'est passe comment ?"),
    ("open_question", "", "Peux-tu m'expliquer ce qui coince ?"),
    ("open_question", "", "Que se passe-t-il ensuite ?"),
    ("closed_question", "", "Avez-vous reçu le colis ?"),
    ("closed_question", "", "Est-ce que ça te convient ?"),
    ("closed_question", "", "Y a-t-il un autre moyen ?"),
    ("closed_question", "", "Vous partez quand ?"),
    ("simple_reflection", "Mon train a été supprimé.", "Donc votre train a été supprimé."),
    ("complex_reflection", "Je n'ai jamais de pause.", "Vous en avez assez, et vous aimeriez souffler."),
    ("affirmation", "", "Merci d'être aussi patiente."),
    ("acknowledgement", "", "Je suis désolé que vous ayez dû attendre."),
    ("summary", "", "Je résume : le toit fuit, l'assurance se tait et l'hiver arrive."),
    ("advice_without_permission", "", "Tu devrais d'abord en parler à ta voisine."),
    ("advice_with_permission", "", "Si tu veux : tu pourrais échanger avec Ali."),
    ("confrontation", "", "C'est ridicule."),
    ("information", "", "Le bus passe toutes les dix minutes et coûte deux euros."),
    ("commitment", "", "Je vous envoie les diapositives d'ici jeudi."),
    ("blame", "", "Tu ne préviens jamais personne, c'est ta faute."),
    ("jargon", "", "Il nous faut des quick wins pour les stakeholders."),
]


@pytest.mark.parametrize(("behaviour", "previous", "text"), FRENCH)
def test_french(behaviour: str, previous: str, text: str) -> None:
    assert behaviour in seen(text, previous, "fr")


def test_the_french_examples_show_every_behaviour() -> None:
    assert {behaviour for behaviour, _, _ in FRENCH} == {b.value for b in Behaviour}


@pytest.mark.parametrize(("behaviour", "previous", "text"), FRENCH)
def test_french_is_understood_without_its_accents_and_with_any_apostrophe(
    behaviour: str, previous: str, text: str
) -> None:
    assert behaviour in seen(without_accents(text).replace("'", "’"), without_accents(previous), "fr")


def test_french_words_are_cut_where_an_apostrophe_or_a_hyphen_joins_them() -> None:
    def normal(text: str) -> list[str]:
        return [word for sentence in sentences(text, load_pack("fr").words) for word in sentence.words]

    assert normal("Qu'est-ce qu’il t'a dit ?") == ["que", "est", "ce", "que", "il", "te", "a", "dit"]
    assert normal("T'es sûr ? Peut-être au rendez-vous.") == ["tu", "es", "sur", "peutetre", "au", "rendezvous"]


def test_a_space_before_the_question_mark_is_part_of_the_question() -> None:
    [found] = observe("Vous partez ?", pack=load_pack("fr"))
    assert found.quote == "Vous partez ?"


# --- the share of talk ------------------------------------------------------------------------------------------------


def test_talk_ratio() -> None:
    assert talk_ratio(["one two", "three"], ["four"]) == pytest.approx(0.75)
    assert talk_ratio([], []) == 0
    assert talk_ratio(["…"], ["yes"]) == 0
    assert talk_ratio(["I don't know."], []) == 1


@given(st.lists(st.text(max_size=30), max_size=4), st.lists(st.text(max_size=30), max_size=4))
def test_talk_ratio_is_a_share(learner: list[str], persona: list[str]) -> None:
    assert 0 <= talk_ratio(learner, persona) <= 1


# --- packs ------------------------------------------------------------------------------------------------------------


def test_packs_are_found_loaded_once_and_named_when_missing() -> None:
    assert set(available_languages()) >= set(LANGUAGES)
    assert load_pack("en") is load_pack("en")
    for unknown in ("xx", "", "../en", "EN"):
        with pytest.raises(InvalidInput, match=r"Available are: de, en, (?:es, )?fr"):
            load_pack(unknown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_weight_belongs_to_a_feature(language: str) -> None:
    pack = load_pack(language)
    computed = {
        "reflection": {
            *(
                "overlap",
                "shared_words",
                "echo",
                "fragment",
                "you_share",
                "after_account",
                "brief",
                "wordy",
                "self_words",
            ),
            *("aloof", "praise", "pushback", "blame", "observed", "advice"),
            *("company", "monologue", "with_question", "before_question", "continues"),
        },
        "complexity": {"new_words", "feeling", "meaning", "you_object", "frame", "contrast", "length"},
        "information": {"plain", "third_person", "observation", "reflective", "length"},
    }
    assert pack.reflection_scoring.weights.keys() <= pack.reflection.keys() | computed["reflection"]
    assert pack.complexity_scoring.weights.keys() <= computed["complexity"]
    assert pack.information_scoring.weights.keys() <= pack.information.keys() | computed["information"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": {"opne_first": ("what",)}}, "unknown groups of cues: opne_first"),
        ({"statement": {"blame": ("<fault>",)}}, "no list 'fault'"),
        ({"statement": {"blame": (".. fault",)}}, "does not begin with a word"),
        ({"statement": {"blame": ("your (fault|(own fault))",)}}, "parentheses do not match"),
    ],
)
def test_a_mistake_in_a_pack_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        LanguagePack.model_validate(load_pack("en").model_dump() | change)


@pytest.mark.parametrize(
    ("cue", "text", "found"),
    [
        ("you feel", "So you feel lost", True),
        ("you feel", "as you said, feel free", False),
        ("you feel", "it is you, feel it", False),
        ("(a lot|much) of", "a lot of it", True),
        ("worr*", "no worries", True),
        ("*ing you", "it is killing you", True),
        ("you .. tired", "you are really very tired", True),
        ("you .. tired", "you and I and everybody else are tired", False),
        ("^ you", "and you went", True),
        ("^ you", "for you", False),
        ("^^ it is", "Okay, so it's late", True),
        ("^^ it is", "I think it's late", False),
        ("you can !(see|tell)", "you can see", False),
        ("not? true", "true", True),
        ("how $$", "they asked me how", True),
        ("how $$", "how, exactly", False),
        ("<colour> car", "a dark blue car", True),
    ],
)
def test_the_cue_language(cue: str, text: str, *, found: bool) -> None:
    book = CueBook({"group": [cue]}, {"colour": ["red", "dark blue"]})
    (sentence,) = sentences(text, load_pack("en").words)
    assert bool(book.find(sentence)) is found


# --- figures ----------------------------------------------------------------------------------------------------------
