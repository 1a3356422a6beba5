from __future__ import annotations

from collections.abc import AsyncIterator

from agents.persona import PersonaCue
from agents.persona.offline import OfflinePersona
from graphs.consistency import measure
from practice.consistency import SCRIPTS, Measure
from tests.company import OFFLINE, ScriptedPersona
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import TOGETHER


class Forgetful:
    """Speaks in role, but every fifth line gives another name."""

    def __init__(self) -> None:
        self.provenance = OFFLINE

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        yield "My name is Petra, you know. " if cue.turn % 5 == 0 else ""
        yield f"That is what there is to say about matter number {cue.turn}."


async def test_the_rules_play_consistently_and_the_same_every_time() -> None:
    first = await measure(OfflinePersona(), TOGETHER, scenes=4, turns=12)
    assert first == await measure(OfflinePersona(), TOGETHER, scenes=4, turns=12)
    assert [scene.learner for scene in first.scenes] == list(SCRIPTS)
    assert first.replies == sum(scene.turns for scene in first.scenes)
    assert first.rule_breaks == ()
    counted = {each.measure: each.heard.count for each in first.findings}
    assert counted == dict.fromkeys(Measure, 0)
    assert all(each.heard.high is not None and 0 < each.heard.high < 0.2 for each in first.findings)


async def test_what_a_player_does_wrong_is_counted_with_its_words() -> None:
    report = await measure(Forgetful(), OVERLOAD, scenes=2, turns=10)
    found = next(each for each in report.findings if each.measure is Measure.NAME)
    assert found.heard.count == found.first.count == sum(scene.turns // 5 for scene in report.scenes)
    assert found.heard.rate == found.heard.count / report.replies
    assert found.heard.low is not None
    assert found.heard.high is not None
    assert found.heard.low < found.heard.rate < found.heard.high
    assert found.samples[0].quote == "My name is Petra"
    assert found.samples[0].heard


async def test_what_code_catches_is_told_of_the_first_take_and_not_of_what_was_heard() -> None:
    report = await measure(ScriptedPersona([OVERLOAD.persona.concerns[2].fact]), OVERLOAD, scenes=1, turns=3)
    leak = next(each for each in report.findings if each.measure is Measure.LEAK)
    assert (leak.first.count, leak.heard.count) == (report.replies, 0)
    assert report.by_code == report.replies
    assert not any(sample.heard for sample in leak.samples)
