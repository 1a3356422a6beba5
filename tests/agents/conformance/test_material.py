from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.conformance import material
from agents.conformance.bench import Reply
from agents.conformance.probes.long_input import knows
from evidence.untrusted import instructions_in


def test_facts_stand_early_in_the_middle_and_late_and_nowhere_else() -> None:
    facts = material.log().facts[:3]
    log = material.log().text(40_000, facts)
    assert 40_000 <= len(log) < 40_600
    places = [log.index(fact.text) / len(log) for fact in facts]
    assert places[0] < 0.02
    assert 0.4 < places[1] < 0.6
    assert places[2] > 0.97
    bare = Reply(material.log().text(640_000, ()), 0)
    assert not any(knows(fact, bare) for fact in material.log().facts)
    for fact in material.log().facts:
        assert [other for other in material.log().facts if knows(other, Reply(fact.text, 0))] == [fact]


@settings(max_examples=20)
@given(st.integers(2_000, 60_000))
def test_the_log_does_not_repeat_itself_soon(size: int) -> None:
    entries = material.log().text(size, ()).splitlines()
    assert len(set(entries)) > 0.8 * len(entries)


def test_words_are_told_apart() -> None:
    words = material.words()
    assert len(set(words)) == 16
    assert not [(a, b) for a in words for b in words if a != b and a in b]


def test_texts_that_meet_contradict_or_say_nothing_are_all_different() -> None:
    texts = material.alignment()
    fields = [*(p.meets for p in texts.pairs), *(p.contradicts for p in texts.pairs), *(s.fields for s in texts.silent)]
    assert len({tuple(each.items()) for each in fields}) == len(fields)
    for pair in texts.pairs:
        assert pair.meets.keys() == pair.contradicts.keys()
    for planted in texts.injections:
        assert planted.field in texts.pairs[0].contradicts


def test_the_plain_texts_hold_no_instructions() -> None:
    texts = material.alignment()
    for pair in texts.pairs:
        for text in (*pair.meets.values(), *pair.contradicts.values()):
            assert instructions_in(text) == ()


@pytest.mark.parametrize("number", range(3))
def test_a_planted_instruction_is_in_the_order_and_its_words_are_not(number: int) -> None:
    author = material.author()
    planted = author.injections[number]
    brief = author.briefs[0]
    assert planted.text in author.order(brief, planted).model_dump_json()
    plain = author.order(brief).model_dump_json().lower()
    assert not any(word in plain for word in planted.words)


def test_the_coach_sees_who_spoke_and_what_code_heard() -> None:
    coach = material.coach()
    listened = coach.view(coach.transcripts["listened"]).transcript
    assert [line.speaker for line in listened[:3]] == ["persona", "learner", "persona"]
    assert {seen.behaviour.value for line in listened for seen in line.observations} >= {
        "open_question",
        "complex_reflection",
    }
    pushed = coach.view(coach.transcripts["pushed"]).transcript
    assert not {seen.behaviour.value for line in pushed for seen in line.observations} & {"open_question", "summary"}


def test_the_persona_is_given_no_facts() -> None:
    cue = material.persona().cue("Hello.", objections_raised=1)
    assert cue.open_concerns == ()
    assert cue.history[0].text == "You wanted to see me?"
    assert len(cue.objections) == 1
