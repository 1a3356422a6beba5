"""Reports as one HTML file that needs nothing else: to keep, to send and to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from api.pages.rendering import environment
from evidence.errors import Conflict, NotFound

if TYPE_CHECKING:
    from store.records import Programme
    from store.repositories.studies import Study

CARD_SHEETS = ("report.css",)
STRESS_SHEETS = ("stress.css", "report.css")


def html(template: str, sheets: Sequence[str], **context: Any) -> str:
    """A report as a page.

    Args:
        template: below ``api/templates``; it extends ``strategist/report_base.html``.
        sheets: below ``api/assets``, in their order; the page carries them.
        context: what the template names.
    """
    style = Markup("<style>{}</style>").format(Markup(_style(sheets)))  # noqa: S704 - our own sheets
    return environment().get_template(template).render(context, style=style)


def policy(sheets: Sequence[str]) -> str:
    """What a browser may load for a page of ``html``: nothing but the sheets it carries."""
    named = base64.b64encode(hashlib.sha256(_style(sheets).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{named}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def report_card(reports: Sequence[Mapping[str, Any]], currency: str) -> str:
    """The judge's report card as a page.

    Args:
        reports: of ``graphs.judge_report.judge_report``.
        currency: of the installation.
    """
    from api import report_words  # brings numpy, which no route needs for it

    return html("strategist/judge_report.html", CARD_SHEETS, reports=reports, words=report_words, currency=currency)


def stress_test(study: Study, programme: Programme) -> str:
    """The report of a stress test that is done, as a page.

    Raises:
        NotFound: it is no stress test.
        Conflict: it is not done.
    """
    from graphs.studies.stress import KIND

    if study.kind != KIND:
        raise NotFound("This study has no report as a page.", todo="Read its result.")
    if study.status != "done" or study.result is None:
        raise Conflict(
            "This stress test is not done, so there is no report yet.", todo="Start it, or wait for its end."
        )
    return html(
        "strategist/studies/stress_report.html", STRESS_SHEETS, study=study, programme=programme, found=study.result
    )


def _style(sheets: Sequence[str]) -> str:
    return "\n".join(files("api").joinpath("assets", each).read_text(encoding="utf-8") for each in sheets)
