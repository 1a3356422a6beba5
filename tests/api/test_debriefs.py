"""A debrief as it is told: every quote once, every step once, whatever the coach repeats."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from api.debriefs import also, decisive, told
from api.terminal.scene import debrief_page
from practice.debrief import Debrief, LocatedQuote, ObjectiveResult

ASKED = "What has to be different so that you can say it was worth it?"
HELD = "The price stays where it is."
STEP = "Next time, wait three seconds after the figure."


def quote(words: str, turn: int) -> LocatedQuote:
    return LocatedQuote(turn=turn, quote=words, start=0, end=len(words), match="exact", observed=True)


def objective(name: str, behaviour: str, *quotes: LocatedQuote, step: str = STEP) -> ObjectiveResult:
    return ObjectiveResult(
        objective_id=name,
        text=f"Objective {name}",
        weight=1,
        scored=True,
        level="partly",
        anchor="It is there in part.",
        value=0.5,
        quotes=quotes,
        situation="After Sabine said “Okay”,",
        behaviour=behaviour,
        impact="Sabine answered: “Not yet”.",
        next_step=step,
    )


def debrief(*objectives: ObjectiveResult, priorities: tuple[str, ...] = ()) -> Debrief:
    return Debrief(
        language="en",
        opening="You spoke with Sabine for 2 turns.",
        objectives=objectives,
        total=0.5,
        share_scored=1,
        priorities=priorities,
        next_action=STEP,
        counts={"open_question": 2, "information": 1},
        learner_turns=2,
        talk_ratio=0.47,
        notice="This can be wrong.",
    )


REPEATING = debrief(
    objective("one", f"you asked: “{ASKED.rstrip('?')}”.", quote(HELD, 1), quote(ASKED, 2)),
    objective("two", f"you held it: “{HELD.rstrip('.')}”.", quote(HELD, 1)),
    objective("three", f"you asked: “{ASKED.rstrip('?')}”.", quote(ASKED, 2), step="Name a figure."),
    priorities=(STEP, "Name a figure."),
)


def test_words_that_a_sentence_cites_are_marked_there_and_not_quoted_again() -> None:
    first, second, third = told(REPEATING)
    assert [(piece.text, piece.turn) for piece in first.said if piece.turn] == [(f"“{ASKED.rstrip('?')}”", 2)]
    assert first.quotes == (), "the second objective's sentence cites the other words"
    assert first.elsewhere == (1,)
    assert [piece.turn for piece in second.said if piece.turn] == [1]
    assert (third.said, third.quotes, third.elsewhere) == ((), (), (2,)), "the same sentence is not told again"
    assert "".join(piece.text for piece in first.said).endswith("Sabine answered: “Not yet”.")


def test_quotation_marks_within_the_words_do_not_end_them() -> None:
    nested = "What do you have in mind when you say “cheaper”, and what makes that hard?"
    (only,) = told(debrief(objective("one", f"you asked: “{nested}”.", quote(nested, 2))))
    assert [piece.text for piece in only.said if piece.turn] == [f"“{nested}”"]
    cut = " ".join(nested.split()[:8])
    (only,) = told(debrief(objective("one", f"you asked: “{cut}”.", quote(nested, 2))))
    assert [piece.text for piece in only.said if piece.turn] == [f"“{cut}”"]
    assert only.quotes == ()


def test_somebody_elses_words_are_not_taken_for_the_learners() -> None:
    (only,) = told(debrief(objective("one", "you nodded.", quote(HELD, 1))))
    assert all(piece.turn is None for piece in only.said)
    assert [each.quote for each in only.quotes] == [HELD]


def test_a_reason_that_names_the_objective_needs_no_heading() -> None:
    unscored = objective("one", "").model_copy(update={"scored": False, "level": None, "reason_text": "Not said."})
    assert told(debrief(unscored))[0].headed
    named = unscored.model_copy(update={"reason_text": "Nothing bears on “Objective one”, so it is not scored."})
    console = Console(file=StringIO(), width=200)
    console.print(debrief_page(debrief(named), "offline rules"))
    assert console.file.getvalue().count("Objective one") == 1  # type: ignore[attr-defined]


def test_words_quoted_in_the_opening_are_not_quoted_again() -> None:
    opened = debrief(objective("one", "", quote(HELD, 1))).model_copy(update={"opening": f"It turned at “{HELD}”"})
    (only,) = told(opened)
    assert (only.quotes, only.elsewhere) == ((), (1,))


def test_what_else_could_be_tried_repeats_neither_the_step_nor_itself() -> None:
    assert also(REPEATING) == ["Name a figure."]


def test_a_decisive_objective_at_its_lowest_level_is_said_so_in_words() -> None:
    first = REPEATING.objectives[0]
    [said] = decisive(REPEATING.model_copy(update={"knocked_out": (first.objective_id,)}))
    assert first.text.rstrip(" .") in said
    assert "begin there" in said
    assert decisive(REPEATING) == []


def test_the_terminal_tells_each_thing_once_and_in_order() -> None:
    console = Console(file=StringIO(), width=200)
    console.print(debrief_page(REPEATING, "offline rules", reflection="I waited too short."))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for words in (ASKED.rstrip("?"), HELD.rstrip("."), STEP, "I waited too short."):
        assert shown.count(words) == 1, words
    heads = ["Your own view", "What happened", "What your words showed", "One next step"]
    places = [shown.index(head) for head in heads]
    assert places == sorted(places)
    assert "Code noticed: open question ×2, information." in shown
    assert "Who said how much: You 47 % █████████░░░░░░░░░░░ the other person 53 %" in shown
    assert "Which questions you asked: Open questions 2 ████████████████████ Closed questions 0" in shown
