"""Two companies invented for this project, with opposite ways of working: Tarrow Freight and Ellerby Mutual Care.

Each has a charter, criteria, people and six or seven briefs. Two briefs are word for word the same in both, so that one
can see the same order lead to different practice; one of Tarrow's asks for a scene with two people.
"""

from __future__ import annotations

from importlib.resources import files

COMPANIES = ("tarrow", "ellerby")


def document(company: str, name: str) -> str:
    """The text of one file, such as ``document("tarrow", "charter.yaml")``.

    Raises:
        KeyError: there is no such company or file.
    """
    place = files(__name__).joinpath(company, *name.split("/"))
    if company not in COMPANIES or not place.is_file():
        raise KeyError(f"examples/{company}/{name}")
    return place.read_text(encoding="utf-8")


def brief_names(company: str) -> tuple[str, ...]:
    """File names of a company's briefs, sorted, to be read with ``document(company, "briefs/" + name)``."""
    folder = files(__name__).joinpath(company, "briefs")
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")))
