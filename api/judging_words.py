"""What is said of the judge's later answers, on pages and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.figures import plain
from api.wording import _


def answered(detail: Mapping[str, Any]) -> str:
    """What came of an appeal, in a sentence.

    Args:
        detail: of the line in the trace; the fields of ``graphs.appealing.Appealed``.
    """
    if detail["status"] == "abstained":
        return _("It now cannot tell. The verdict stays as it was.")
    if detail["status"] != "valid":
        return _("Code set the answer aside: {note} The verdict stays as it was.").format(note=detail["note"])
    level = plain(detail["level"])
    if detail["level"] == detail["first_level"]:
        return _("It stays at “{level}”.").format(level=level)
    return _("It now says “{level}”. The verdict stays as it was.").format(level=level)


def appealed(detail: Mapping[str, Any]) -> str:
    """The same as a line of the trace."""
    return _("answered an appeal about “{criterion}”. {answer}").format(
        criterion=plain(detail["criterion_id"]), answer=answered(detail)
    )


def closer(detail: Mapping[str, Any]) -> str:
    """Why the judge was asked twice more, as a line of the trace."""
    return _("asked the judge twice more, because the verdict hangs on little: {criteria}").format(
        criteria=", ".join(map(plain, detail["criteria"]))
    )
