from __future__ import annotations

from practice.debrief import TranscriptLine
from practice.detectors import load_pack, observe
from practice.reveal import RevealReason, advance, start
from practice.scenario import RevealOn, Scenario
from practice.unsaid import Opened, unsaid
from tests.practice.scenarios import OVERLOAD, PRICE

PACK = load_pack("en")


def test_what_opened_says_by_which_words_and_what_did_not_says_where_to_try_from() -> None:
    lines = [
        TranscriptLine(turn=1, speaker="learner", text="How is the workload?"),
        TranscriptLine(turn=2, speaker="learner", text="Is the software slow?"),
        TranscriptLine(turn=3, speaker="learner", text="Okay."),
    ]
    opened = [Opened(1, RevealReason("workload", "open_question", "How is the workload?", "workload"))]
    workload, mother, tool = unsaid(OVERLOAD.persona, opened, lines, language="en")
    assert (workload.opened, workload.turn, workload.quote) == (True, 1, "How is the workload?")
    assert workload.might_have_opened == ""
    assert (mother.opened, mother.turn) == (False, None)
    assert (tool.opened, tool.turn) == (False, 2)
    assert "tool" in tool.might_have_opened


def test_a_signed_line_is_preferred_where_it_fits() -> None:
    exemplars = ["How do you cope with the hours?", "Is it the workload?"]
    (first, *_) = unsaid(
        OVERLOAD.persona,
        [],
        [],
        language="en",
        exemplars=exemplars[::-1],
        observe=lambda line: observe(line, pack=PACK),
    )
    assert first.might_have_opened == exemplars[0]


def test_the_line_that_might_have_opened_it_really_does() -> None:
    for scenario in (OVERLOAD, PRICE):
        for on in RevealOn:
            opens_with_it(scenario, on)


def opens_with_it(scenario: Scenario, on: RevealOn) -> None:
    data = scenario.persona.model_dump()
    for concern in data["concerns"]:
        concern["reveal"] = {"on": on.value, "times": 1, "min_trust": -5}
    persona = type(scenario.persona).model_validate(data)
    for entry in unsaid(persona, [], [], language="en"):
        line = entry.might_have_opened
        step = advance(start(persona), persona, line, observe(line, pack=PACK))
        assert entry.concern_id in step.newly_unlocked, (on, line)
