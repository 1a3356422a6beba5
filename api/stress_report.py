"""A stress test as one HTML file that needs nothing else: to keep, to send and to print."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from api.pages.rendering import environment
from evidence.errors import Conflict, NotFound
from graphs.studies.stress import KIND
from store.records import Programme
from store.repositories.studies import Study

_SHEETS = ("stress.css", "stress_report.css")


def html(study: Study, programme: Programme) -> str:
    """The report of a stress test that is done.

    Raises:
        NotFound: it is no stress test.
        Conflict: it is not done.
    """
    if study.kind != KIND:
        raise NotFound("This study has no report as a page.", todo="Read its result.")
    if study.status != "done" or study.result is None:
        raise Conflict(
            "This stress test is not done, so there is no report yet.", todo="Start it, or wait for its end."
        )
    template = environment().get_template("strategist/studies/stress_report.html")
    style = Markup("<style>{}</style>").format(Markup(_style()))  # noqa: S704 - our own sheets
    return template.render(study=study, programme=programme, found=study.result, style=style)


def policy() -> str:
    """What a browser may load for it: nothing but the sheet it carries."""
    named = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{named}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _style() -> str:
    return "\n".join(files("api").joinpath("assets", each).read_text(encoding="utf-8") for each in _SHEETS)
