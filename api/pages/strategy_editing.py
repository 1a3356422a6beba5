"""Proposing a charter or criteria set on a page: as a form, or as YAML; what was typed is never lost between them."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages import strategy_form
from api.pages.identity import Visitor, see
from api.pages.manuscript import label_of
from api.pages.rendering import page
from api.pages.strategist import KINDS, chosen_programme
from api.security import Opened
from api.strategy_words import field_label
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, InvalidInput, NotFound
from evidence.yaml_documents import dump_data, dump_yaml, read_document
from graphs.proposing import propose
from store.records import Programme
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.loading import load_charter, load_criteria

router = APIRouter(prefix="/strategy")

MOST_BYTES = 4_000_000  # of one field; what is too long for a document is said where documents are read


@router.get("/edit/{kind}")
async def edit(
    request: Request, kind: str, app: Opened, who: Visitor, programme: str = "", view: str = "form"
) -> Response:
    """The version in force, to be edited; an empty form where there is none."""
    require(who.actor, Role.STRATEGIST, to="propose strategy")
    model = _model(kind)
    chosen, _all = await chosen_programme(app, programme)
    async with app.store.read() as work:
        active = await work.strategy.active(chosen.id, kind)
        stored = None if active is None else await work.strategy.version(active.version_id)
    document = None if stored is None else model.model_validate_json(stored.content)
    parent = "" if stored is None else stored.id
    if view == "yaml":
        text = "" if document is None else dump_yaml(document)
        return _as_yaml(request, kind, chosen, {"document": text, "parent": parent})
    data = None if document is None else strategy_form.shaped(kind, document.model_dump(mode="json"))
    return await _as_form(request, app, kind, chosen, data or strategy_form.empty(kind), {"parent": parent})


@router.post("/edit/{kind}")
async def propose_here(request: Request, kind: str, app: Opened, who: Visitor) -> Response:
    """Propose what was edited, or go on editing; what cannot be accepted comes back with every problem in its place."""
    require(who.actor, Role.STRATEGIST, to="propose strategy")
    _model(kind)
    sent = await request.form(max_fields=strategy_form.MOST_FIELDS, max_part_size=MOST_BYTES)
    pairs = [(name, str(value)) for name, value in sent.multi_items()]
    typed = {name: value.replace("\r\n", "\n") for name, value in pairs}
    chosen, _all = await chosen_programme(app, typed.get("programme", ""))
    act = typed.get("act", "propose")
    if typed.get("view") != "form":
        return await _from_yaml(request, app, who, kind, chosen, typed, act)
    data = strategy_form.read(kind, pairs)
    if act == "yaml":
        return _as_yaml(request, kind, chosen, typed | {"document": dump_data(_filled(data))})
    if act != "propose":
        focus = strategy_form.changed(kind, data, act)
        return await _as_form(request, app, kind, chosen, data, typed, focus=focus)
    try:
        # As JSON, which is YAML too: one reader and one set of rules for both ways of writing.
        made = await _propose(app, who, kind, chosen, json.dumps(data, ensure_ascii=False), typed)
    except ConductorError as problem:
        return await _as_form(request, app, kind, chosen, data, typed, problem=problem)
    return see(f"/strategy/versions/{made}")


async def _from_yaml(
    request: Request, app: Application, who: Identity, kind: str, chosen: Programme, typed: dict[str, str], act: str
) -> Response:
    text = typed.get("document", "")
    try:
        if act == "form":
            read = await asyncio.to_thread(read_document, text, kind)
            data = None if read.problems else strategy_form.shaped(kind, read.data)
            if data is None:
                read.refuse_if_wrong()
                raise InvalidInput(
                    _("The form cannot show this document: it has parts that the form does not know."),
                    todo=_("Propose it as it is; every problem is named then."),
                )
            return await _as_form(request, app, kind, chosen, data, typed)
        made = await _propose(app, who, kind, chosen, text, typed)
    except ConductorError as problem:
        return _as_yaml(request, kind, chosen, typed, problem)
    return see(f"/strategy/versions/{made}")


async def _propose(
    app: Application, who: Identity, kind: str, chosen: Programme, text: str, typed: dict[str, str]
) -> str:
    """Store the version; gives its id."""
    # In a thread: reading a long text takes seconds, in which others are answered.
    document: Charter | CriteriaSet
    if kind == "charter":
        document = await asyncio.to_thread(load_charter, text, kind)
    else:
        document = await asyncio.to_thread(load_criteria, text, kind, await _charter_in_force(app, chosen.id))
    reason = typed.get("reason", "").strip()
    if not reason:
        raise InvalidInput(_("Say in a sentence why this should change."), where="reason")
    made = await propose(
        app.store, who.actor, chosen.id, document, reason=reason, parent_id=typed.get("parent") or None
    )
    return made.id


async def _charter_in_force(app: Application, programme_id: str) -> Charter | None:
    async with app.store.read() as work:
        active = await work.strategy.active(programme_id, "charter")
        stored = None if active is None else await work.strategy.version(active.version_id)
    return None if stored is None else Charter.model_validate_json(stored.content)


def _model(kind: str) -> type[Charter] | type[CriteriaSet]:
    if kind not in KINDS:
        raise NotFound(_("There is a charter and there are criteria; nothing else is edited here."))
    return KINDS[kind]


def _filled(data: Any) -> Any:
    """Without what nobody filled in: in YAML it is simply not there."""
    if isinstance(data, dict):
        return {name: _filled(value) for name, value in data.items() if value is not None}
    return [_filled(each) for each in data] if isinstance(data, list) else data


def _problems(problem: ConductorError | None) -> list[dict[str, Any]]:
    if problem is None:
        return []
    listed = problem.extra.get("problems")
    return list(listed) if listed else [{"where": "", "field": problem.where or "", "detail": problem.detail}]


def _label(field: str) -> str:
    """A field of the document as people read it: "criterion 3 › cites"."""
    place, _dot, name = field.rpartition(".")
    return f"{label_of(place)} › {field_label(name)}" if place and name.isidentifier() else label_of(field)


async def _as_form(
    request: Request,
    app: Application,
    kind: str,
    chosen: Programme,
    data: dict[str, Any],
    typed: dict[str, str],
    *,
    problem: ConductorError | None = None,
    focus: str = "",
) -> Response:
    charter = await _charter_in_force(app, chosen.id) if kind == "criteria" else None
    wrong: list[dict[str, str]] = []
    wrong_at: dict[str, str] = {}
    for each in _problems(problem):
        field = re.sub(r"\.(clause_ids|scope)\[\d+\]$", r".\1", str(each.get("field") or ""))
        at = strategy_form.control(field)
        wrong.append({"at": at, "label": _label(field), "detail": each["detail"]})
        wrong_at.setdefault(at, each["detail"])
    touched = [*wrong_at, focus, strategy_form.touched(typed.get("act", ""))]
    return page(
        request,
        "strategist/form.html",
        status=200 if problem is None else problem.status,
        kind=kind,
        programme=chosen,
        data=data,
        clauses=() if charter is None else charter.clauses,
        known=frozenset() if charter is None else charter.clause_ids,
        options=strategy_form.choices(),
        shown=strategy_form.shown,
        parent=typed.get("parent", ""),
        reason=typed.get("reason", ""),
        problem=problem,
        wrong=wrong,
        wrong_at=wrong_at,
        opened=frozenset(".".join(each.split(".")[:2]) for each in touched),
        focus=focus,
    )


def _as_yaml(
    request: Request, kind: str, chosen: Programme, typed: dict[str, str], problem: ConductorError | None = None
) -> Response:
    wrong = []
    lines = typed.get("document", "").split("\n")
    for each in _problems(problem):
        place = re.search(r":(\d+)", str(each.get("where") or ""))
        number = int(place[1]) if place else 0
        text = lines[number - 1] if 0 < number <= len(lines) else ""
        wrong.append({"line": number, "text": text.strip(), "detail": each["detail"]})
    return page(
        request,
        "strategist/edit.html",
        status=200 if problem is None else problem.status,
        kind=kind,
        programme=chosen,
        typed=typed,
        problem=problem,
        wrong=wrong,
    )
