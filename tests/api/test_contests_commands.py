"""``conductor contests`` at a terminal: seen before it is sent, answered unnamed, taken back."""

from __future__ import annotations

import json
from pathlib import Path

from agents.provenance import Provenance
from practice.claims import Claim
from practice.debrief import TranscriptLine, build
from practice.scenario import Scenario
from store.purpose import Purpose
from tests.api.at_terminal import Office
from tests.desk import Desk

AMIR, SOFIA = ("--login", "amir"), ("--login", "sofia")
SAID = "What has been behind the delay?"
WHY = "I asked twice."


def practised(here: Office) -> str:
    """A practice of Amir's with a debrief; gives its id."""
    Path("conductor.key").write_text((b"k" * 32).hex())  # the key under which the tests' store seals
    here.signed()

    async def make(desk: Desk) -> str:
        amir = here.company.amir.person_id
        async with desk.store.write() as work:
            (sign_off,) = await work.approvals.standing_sign_offs(here.company.programme_id)
            version = await work.design.version(sign_off.subject_id)
            scenario = Scenario.model_validate_json(version.content)
            practice_id = await work.practices.start(
                programme_id=here.company.programme_id,
                version_id=version.id,
                digest=scenario.digest(),
                learner_id=amir,
                choices={},
            )
            objective = scenario.objectives[0]
            debrief = build(
                scenario.objectives,
                [Claim(objective.id, objective.levels[0].key, ((1, SAID),))],
                [TranscriptLine(turn=1, speaker="learner", text=SAID)],
                language="en",
            )
            who = Provenance(player="model", model="m-1", prompt_digest="0" * 64)
            kept = json.dumps({"debrief": debrief.model_dump(mode="json"), "provenance": who.model_dump()})
            await work.practices.keep_text(practice_id, "debrief", kept, reader=amir, purpose=Purpose.OWN_PRACTICE)
        return practice_id

    return here.do(make)


def test_a_line_is_shown_sent_answered_and_taken_back(here: Office) -> None:
    practice = practised(here)
    here.answers("1", WHY, "n")
    shown = here.told("contests", "send", practice[-8:], *AMIR)
    for part in ("This is exactly what will be sent", SAID, WHY, "model m-1", "Fewer than ten", "Nothing was sent."):
        assert part in shown
    here.answers("1", WHY, "y")
    assert "Sent, without your name." in here.told("contests", "send", practice, *AMIR)
    queue = here.told("contests", *SOFIA)
    assert WHY in queue
    assert "Amir" not in queue
    (line,) = here.data("contests", *SOFIA)["queue"]
    here.told("contests", "answer", line["id"][-8:], "--text", "Noted.", *SOFIA)
    assert "Answer: Noted." in here.told("contests", *AMIR)
    here.gone()
    assert "nobody can read it any more" in here.told("contests", "take-back", line["id"], *AMIR)
    assert here.data("contests", *SOFIA)["queue"] == []
    assert "Nothing was sent." in here.told("contests", "send", practice, "--objective", "1", "--because", WHY, *AMIR)
    yes = ("--objective", "1", "--because", WHY, "--yes")
    assert "Sent" in here.told("contests", "send", practice, *yes, *AMIR)
    assert "name a line of the debrief" in here.run("contests", "send", practice, "--objective", "x", *AMIR).output
    assert "no contested line" in here.told("contests", "answer", line["id"], "--text", "x", *SOFIA, code=1)
