from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.feedback import (
    MAX_HINT_SENTENCES,
    MAX_HINT_WORDS,
    Feedback,
    FeedbackLine,
    HintRule,
    Rule,
    _claims,
    clean,
    lint,
    lint_hint,
)
from practice.phrases import LANGUAGES

SAID = ["You wanted to see me?", "What makes the report so hard at the moment?"]


def rules(feedback: Feedback) -> set[Rule]:
    return {finding.rule for finding in lint(feedback, SAID)}


def line(**texts: str) -> Feedback:
    return Feedback("Thank you.", (FeedbackLine("asks", **texts),), (), "Ask one open question.")


@pytest.mark.parametrize(
    "text",
    [
        "You are impatient.",
        "you're a bit too pushy",
        "You were rather defensive here.",
        "You are a natural listener.",
        "Your impatience showed.",
        "You never let her finish.",
        "You come across as arrogant.",
        "Du bist sehr ungeduldig.",
        "Sie sind ein guter Zuhörer.",
        "You are so empathetic!",
        "You always interrupt.",
    ],
)
def test_trait_language_is_rejected_kind_or_unkind(text: str) -> None:
    assert Rule.TRAIT_LANGUAGE in rules(line(behaviour=text))


@pytest.mark.parametrize(
    "text",
    [
        "You asked an open question.",
        "You gave advice before it was asked for.",
        "Jana's answer became shorter.",
        "You are well on the way to your goal.",
        "You interrupted twice.",
        "Your question left room.",
        "After “You wanted to see me?” you asked first.",
    ],
)
def test_words_about_behaviour_pass(text: str) -> None:
    assert rules(line(behaviour=text)) == set()


def test_a_quote_that_was_never_said_is_rejected_but_a_suggestion_is_not_a_quote() -> None:
    assert rules(line(impact="You said “I do not care about the report”.")) == {Rule.QUOTE_NOT_THERE}
    assert rules(line(impact="You asked “what makes the report so hard…”")) == set()
    assert rules(line(next_step="Try “What would help you most?”")) == set()


def test_at_most_two_priorities_and_always_a_next_action() -> None:
    many = Feedback("Hi.", (), ("One", "Two", "Three"), "")
    assert rules(many) == {Rule.TOO_MANY_PRIORITIES, Rule.NO_NEXT_ACTION}
    shown, findings = clean(many, SAID, "en")
    assert shown.priorities == ("One", "Two")
    assert shown.next_action.startswith("Before your next talk")
    assert len(findings) == 2


def test_rejected_lines_are_dropped_or_replaced_never_shown() -> None:
    bad = Feedback(
        "You are arrogant.",
        (FeedbackLine("asks", "Then", "You never listen.", "She said “leave me alone”.", "Ask “How so?” once."),),
        ("Be less rude, you are rude", "Ask first"),
        "You are too shy to act.",
    )
    shown, _ = clean(bad, SAID, "en")
    assert "arrogant" not in shown.opening
    assert shown.lines == (FeedbackLine("asks", "Then"),)  # its next step has become the one next action
    assert shown.priorities == ("Ask first",)
    assert shown.next_action == "Ask “How so?” once."
    assert clean(Feedback(next_action="Du bist stur."), SAID, "de")[0].next_action.startswith("Schreiben Sie")


def test_no_sentence_comes_twice_whoever_wrote_it() -> None:
    twice = "Next time, begin with one open question."
    proposed = Feedback(
        "Thank you for this talk today.",
        (
            FeedbackLine("asks", "After Jana said “No.”,", "you asked first.", "She answered at some length.", twice),
            FeedbackLine("hears", "Later on,", "you waited.", "She answered at some length.", twice),
        ),
        (twice, "Something else entirely, then."),
        twice,
    )
    assert {f.where for f in lint(proposed, ["No."]) if f.rule is Rule.REPEATED} == {
        "lines[0].next_step",
        "lines[1].impact",
        "lines[1].next_step",
        "priorities[0]",
    }
    shown, _ = clean(proposed, ["No."], "en")
    assert shown.next_action == twice
    assert shown.priorities == ("Something else entirely, then.",)
    assert [line.next_step for line in shown.lines] == ["", ""]


TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "You are rude.",
            "You said “nonsense never said”.",
            "Ask more.",
            "",
            "„what?“",
            "You asked one open question here.",
        ]
    ),
)


@given(TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=4), TEXT)
def test_what_is_shown_has_no_findings(a: str, b: str, c: str, d: str, priorities: list[str], action: str) -> None:
    proposed = Feedback(a, (FeedbackLine("x", b, c, d, a),), tuple(priorities), action)
    shown, _ = clean(proposed, SAID, "en")
    assert lint(shown, SAID) == ()


NEVER = "I do not care about this report"


@pytest.mark.parametrize(
    "marks", ["“{}”", '"{}"', "„{}“", "„{}”", "« {} »", "«{}»", "»{}«", "‘{}’", "‹ {} ›", "”{}”", "“{}", "'{}'"]
)
def test_words_that_nobody_said_are_found_in_every_kind_of_quotation_marks(marks: str) -> None:
    assert rules(line(impact=f"She said {marks.format(NEVER)}.")) == {Rule.QUOTE_NOT_THERE}
    assert rules(line(impact=f"She said {marks.format(SAID[1].rstrip('?'))}")) == set()
    assert {f.rule for f in lint_hint(f"She said {marks.format(NEVER)}", SAID, may_say=True)} == {
        HintRule.QUOTE_NOT_THERE
    }


def test_apostrophes_are_no_quotation_marks_and_marks_of_another_kind_may_stand_inside() -> None:
    text = "Jana's answer and the others' wasn't what you'd hoped, and it's no one's fault."
    assert rules(line(impact=text)) == set()
    assert lint_hint(text, SAID, may_say=False) == ()
    said = "He said “no way” and left."
    assert lint_hint(f"After « {said} » there was room.", [said], may_say=False) == ()


@pytest.mark.parametrize("text", ["You are “impatient”.", "You were “a bit pushy” there.", "Sie sind „stur“."])
def test_marks_around_a_trait_make_it_no_quote(text: str) -> None:
    assert Rule.TRAIT_LANGUAGE in rules(line(next_step=text))
    assert HintRule.TRAIT_LANGUAGE in {f.rule for f in lint_hint(text, SAID, may_say=True)}


@pytest.mark.parametrize("may_say", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "After “you wanted to see me” there is room for a question.",
        "Start with “what” or “how” and then wait.",
        "Beginnen Sie mit „was“ oder „erzählen Sie“.",
        "Commencez par « comment » ou « racontez-moi ».",
        "Empiece por «qué» o «cuénteme».",
        "What would you like to hear from them first?",
    ],
)
def test_hints_that_quote_what_was_said_or_speak_of_a_word_pass_on_every_rung(text: str, may_say: bool) -> None:
    assert lint_hint(text, SAID, may_say=may_say) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Try: “What would help you with that right now?”",
        "You could say “What would help you with that right now?” and wait.",
        "What if you asked “What would help you with that right now?”",
        "Etwa so: „Was würde Ihnen dabei gerade helfen?“",
        "Was wäre, wenn Sie einfach fragten: „Was würde Ihnen dabei gerade helfen?“",
        "Essayez : « Qu’est-ce qui vous aiderait en ce moment ? »",
        "Pruebe así: «¿Qué le ayudaría en este momento?»",
    ],
)
def test_one_new_line_may_be_offered_on_the_last_rung_only(text: str) -> None:
    assert lint_hint(text, SAID, may_say=True) == ()
    assert {f.rule for f in lint_hint(text, SAID, may_say=False)} == {HintRule.QUOTE_NOT_THERE}


@pytest.mark.parametrize(
    "text",
    [
        "Jana said “it is all your fault, you know”. Ask about it.",
        "“It is all your fault, you know”, she said. Ask about it.",
        "Your words “it is all your fault, you know” closed the door.",
        "Jana told you “never again”.",
        "Jana hat gesagt: „Daran sind nur Sie schuld.“",
        "„Daran sind nur Sie schuld“, sagte Jana.",
        "Jana vous a dit : « Tout est de votre faute. »",
        "« Tout est de votre faute », a dit Jana.",
        "Jana dijo: «Todo es culpa suya.»",
        "«Todo es culpa suya», dijo Jana.",
    ],
)
@pytest.mark.parametrize("may_say", [False, True])
def test_words_that_nobody_said_are_never_told_as_said(text: str, may_say: bool) -> None:
    assert HintRule.QUOTE_NOT_THERE in {f.rule for f in lint_hint(text, SAID, may_say=may_say)}


def test_one_line_to_say_is_enough_and_a_hint_is_short() -> None:
    two = "Try “What would help you right now?” or “Where would you like to begin?”"
    assert [f.rule for f in lint_hint(two, SAID, may_say=True)] == [HintRule.MORE_THAN_ONE_LINE]
    listed = "Try one:\n- What would help?\n- Where to begin?"
    assert HintRule.MORE_THAN_ONE_LINE in {f.rule for f in lint_hint(listed, SAID, may_say=True)}
    for long in ("word " * (MAX_HINT_WORDS + 1), "Ask it now. " * (MAX_HINT_SENTENCES + 1)):
        assert [f.rule for f in lint_hint(long, SAID, may_say=False)] == [HintRule.TOO_LONG]
    said = "so it went on and on. " * 30
    assert lint_hint(f"Stay with “{said}”.", [said], may_say=False) == ()  # what was said is as long as it is


@given(TEXT, st.booleans())
def test_any_text_can_be_looked_at_as_a_hint(text: str, may_say: bool) -> None:
    strict, loose = ({f.rule for f in lint_hint(text, SAID, may_say=allowed)} for allowed in (may_say, True))
    assert strict <= {*HintRule}
    assert loose - {HintRule.MORE_THAN_ONE_LINE} <= strict  # a higher rung allows more, and forbids only a second line


def test_the_words_of_claiming_are_there_for_every_language() -> None:
    for kind, patterns in _claims().items():
        assert len(patterns) == len(LANGUAGES), kind
