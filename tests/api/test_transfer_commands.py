"""``conductor pilot`` and ``conductor transfer``."""

from __future__ import annotations

from datetime import timedelta

from api.commands import command
from tests.api.at_terminal import Office
from tests.desk import Desk


async def _days(desk: Desk) -> tuple[str, str, str]:
    async with desk.store.read() as work:
        today = work.now.date()
    return tuple(str(today + timedelta(days=days)) for days in (0, 14, 3))  # type: ignore[return-value]


def test_a_pilot_from_its_beginning_to_a_plan(here: Office) -> None:
    first, last, soon = here.do(_days)
    begin = ("pilot", "begin", "Asking first", "--behaviour", "Asks first", "--from", first, "--to", last)
    pilot = here.data(*begin, "-l", "sofia")["pilot_id"]
    assert "Asked now: 1." in here.told("pilot", "invite", pilot, "amir", "-l", "sofia")
    assert "You take part." in here.told("transfer", "agree", pilot, "-l", "amir")
    [mine] = here.data("transfer", "-l", "amir")["pilots"]
    check_in = mine["check_ins"][0]["id"]
    assert "opportunity_social:" in here.told("transfer", "check-in", check_in, "-l", "amir")
    told = here.told("transfer", "check-in", check_in, "-a", "opportunity_social=2", "--forecast", "50", "-l", "amir")
    assert "More practice is not what is missing" in told
    assert "fewer than 10 take part" in here.told("pilot", "show", pilot, "-l", "sofia")
    early = here.told("pilot", "publish", pilot, "before", "-l", "sofia", code=command.REFUSED)
    assert "People can still answer" in early
    plan = ("transfer", "plan", "--if", "Meetings", "--then", "I ask what is behind it", "--by", soon)
    made = here.data(*plan, "-l", "amir")
    assert made["advice"] == ["cue_short"]
    assert "in another way" in here.told("transfer", "outcome", made["id"], "otherwise", "-l", "amir")
    shown = here.told("transfer", "-l", "amir")
    assert "tier 7" in shown
    assert "you take part" in shown
    assert "nothing of yours is kept" in here.told("transfer", "withdraw", pilot, "-l", "amir")


def test_words_that_are_not_there_are_usage_errors(here: Office) -> None:
    here.told("transfer", "outcome", "none", "perhaps", "-l", "amir", code=command.USAGE)
    here.told("pilot", "publish", "none", "sometime", "-l", "sofia", code=command.USAGE)
    here.told("transfer", "check-in", "none", "-a", "autonomy", "-l", "amir", code=command.USAGE)
    here.told("transfer", "plan", "--if", "x" * 301, "--then", "y", "--by", "2030-01-01", code=command.USAGE)
    refused = here.told("transfer", "pilot", "nothing", "-l", "amir", code=command.REFUSED)
    assert "There is no pilot you were asked into" in refused
