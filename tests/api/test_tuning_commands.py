"""``conductor strategy preview``, ``read``, ``accept`` and ``status``: one strategist's afternoon at a terminal."""

from __future__ import annotations

from approvals.checkpoint import DecisionKind
from graphs.proposing import propose
from strategy.criteria import CriteriaSet
from tests.api.at_terminal import Office
from tests.company import ScriptedJudge, ensemble
from tests.desk import Desk
from tests.graphs.test_previews import ASKS, PLAIN, REWORDED, STRICTER

SOFIA = ("--login", "sofia")


def with_history(here: Office, *proposed: CriteriaSet) -> str:
    """One signed scenario that comes to 0.75, and proposals of Sofia's; gives its checkpoint."""

    async def make(desk: Desk) -> str:
        checkpoint = await desk.ordered()
        await desk.decide(here.company.jonas, checkpoint, DecisionKind.APPROVE)
        for document in proposed:
            await propose(desk.store, here.company.sofia, here.company.programme_id, document, reason="a better one")
        return checkpoint.id

    levels: dict[str, list[str | None]] = {ASKS.id: ["named"], PLAIN.id: ["practised"]}
    return here.do(make, ensemble(judge=ScriptedJudge(levels=levels)))


def test_a_change_is_previewed_read_and_asked_for(here: Office) -> None:
    flip = with_history(here, STRICTER)
    told = here.told("criteria", "accept", "2", *SOFIA, code=1)
    assert "Nobody has seen yet what this would change in the one decision" in told
    assert "Also: The judge has not been put under stress" in told
    told = here.told("strategy", "preview", "2", *SOFIA)
    assert told.startswith("The one decision there is would flip: read it. Only arithmetic is different")
    assert "conductor strategy read 2" in told
    left = here.told("strategy", "read", "2", *SOFIA, code=1)
    assert "the second release note is a week late" in left
    assert "1 that take back a signature are not read." in left
    assert "nobody has read it" in here.told("criteria", "accept", "2", "--override", "It must be.", *SOFIA, code=1)
    assert "has been read" in here.told("strategy", "read", "2", flip[-8:], *SOFIA)
    found = here.data("strategy", "preview", "2", *SOFIA)
    assert (found["unread"], found["read"]) == (0, {flip: "Sofia"})
    told = here.told("criteria", "accept", "2", "--override", "We read everything.", *SOFIA)
    assert f"Preview {found['digest']}" in told.replace(" \n", "")
    assert "Sofia answers for what is missing: “We read everything.”" in told
    assert "These criteria are provisional, to be reviewed by" in told
    assert "A second strategist decides now." in told
    assert here.data("strategy", "status", *SOFIA) == {"in_force": {"charter": 1, "criteria": 1}, "provisional": None}


def test_other_weights_are_tried_and_other_questions_asked_first(here: Office) -> None:
    with_history(here, REWORDED)
    tried = here.data("strategy", "preview", "1", "--weight", "asks=9", "--threshold", "0.6", *SOFIA)
    assert (tried["id"], tried["shown"]["decided"]) == (None, 1)
    assert "such as asks=2" in here.told("strategy", "preview", "1", "--weight", "asks", *SOFIA, code=2)
    told = here.told("strategy", "preview", "2", "--yes", *SOFIA)
    assert "ask what the judge was never asked about one text" in told
    assert "The judge was asked anew about: asks." in told
