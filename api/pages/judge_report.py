"""The judge's report card as a page of its own: one file, with nothing to fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from api import report_words
from api.pages.rendering import environment


def page(reports: Sequence[Mapping[str, Any]], currency: str) -> str:
    """The page.

    Args:
        reports: of ``graphs.judge_report.judge_report``.
        currency: of the installation.
    """
    sheet = files("api").joinpath("assets", "stress_report.css").read_text(encoding="utf-8")
    style = Markup("<style>{}</style>").format(Markup(sheet))  # noqa: S704 - our own sheet
    template = environment().get_template("strategist/judge_report.html")
    return template.render(reports=reports, words=report_words, currency=currency, style=style)
