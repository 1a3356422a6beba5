"""What a person typed on the review desk, as its form sends it: whatever is refused, nothing of it may be lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from api.days import day_typed, last_moment
from api.pages import manuscript
from api.wording import _
from approvals.checkpoint import Comment, Edit
from evidence.errors import InvalidInput

TEXT, QUOTE, EDIT, NOTE, OWN_LEVEL = "comment.text.", "comment.quote.", "edit.", "mark.note.", "agree.level."
APPEAL = "appeal.argument."
LONGEST_COMMENT, LONGEST_QUOTE, LONGEST_EDIT = 4000, 2000, 20_000  # characters; as the services take them


@dataclass
class Settled:
    """A person's own level as it was typed; ``passage`` is a sentence that was chosen, where nothing was typed."""

    level: str = ""
    passage: str = ""
    quote: str = ""
    reason: str = ""


@dataclass
class Typed:
    """Everything a person typed on the desk.

    ``comments`` are (quote, text) by field, ``edits`` whole new texts by field, ``notes`` on earlier comments by
    "decision.number", ``levels`` a person's own and ``appeals`` arguments against the judge's by criterion. ``editing``
    says that the wording is being changed.
    """

    comments: dict[str, tuple[str, str]] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    appeals: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    withdrawing: str = ""
    due: str = ""
    editing: bool = False

    @property
    def anything(self) -> bool:
        """Whether a word would be lost."""
        words = self.reason.strip() or self.withdrawing.strip()
        return bool(self.comments or self.settled or self.edits or self.notes or self.appeals or words)

    def keep_changed(self, source: Mapping[str, str]) -> None:
        """Forget edits that leave a field as it is; the form sends every field."""
        self.edits = {path: text for path, text in self.edits.items() if text != lines(source.get(path, ""))}


def read(form: Mapping[str, str]) -> Typed:
    """The words in a form."""
    typed = Typed(
        reason=lines(form.get("reason", "")),
        withdrawing=lines(form.get("withdraw.reason", "")),
        due=form.get("due", "").strip(),
        editing=form.get("mode", "") == "edit",
    )
    for name, value in form.items():
        if name.startswith(TEXT):
            path = name.removeprefix(TEXT)
            quote = form.get(QUOTE + path, "")
            if value.strip() or quote.strip():
                typed.comments[path] = (lines(quote), lines(value))
        elif name.startswith(EDIT):
            typed.edits[name.removeprefix(EDIT)] = lines(value)
        elif name.startswith(NOTE) and value.strip():
            typed.notes[name.removeprefix(NOTE)] = lines(value)
        elif name.startswith(OWN_LEVEL) and value.strip():
            typed.levels[name.removeprefix(OWN_LEVEL)] = value
        elif name.startswith(APPEAL) and value.strip():
            typed.appeals[name.removeprefix(APPEAL)] = lines(value)
        elif name.startswith("settle.") and value.strip():
            what, dot, criterion_id = name.removeprefix("settle.").partition(".")
            if dot and what in ("level", "passage", "quote", "reason"):
                setattr(typed.settled.setdefault(criterion_id, Settled()), what, lines(value))
    return typed


def lines(text: str) -> str:
    """Line ends as they are stored; forms send CR LF."""
    return text.replace("\r\n", "\n")


def comments(typed: Typed) -> list[Comment]:
    """The comments, ready to be sent.

    Raises:
        InvalidInput: one says nothing, or is too long.
    """
    made = []
    for path, (quote, text) in typed.comments.items():
        if not text.strip():
            raise InvalidInput(
                _("You quoted words in “{field}”, but did not say what should change.").format(
                    field=manuscript.label_of(path) or _("the whole text")
                ),
                todo=_("Write the comment, or take the quote out."),
                where=TEXT + path,
            )
        if len(text) > LONGEST_COMMENT or len(quote) > LONGEST_QUOTE:
            raise InvalidInput(
                _("The comment on “{field}” is too long.").format(field=manuscript.label_of(path)),
                todo=_("A comment has at most 4,000 characters, a quote 2,000."),
                where=TEXT + path,
            )
        made.append(Comment(field=path, quote=quote.strip(), text=text))
    return made


def edits(typed: Typed) -> list[Edit]:
    """The changed texts, ready to be sent.

    Raises:
        InvalidInput: one is too long.
    """
    for path, text in typed.edits.items():
        if not 0 < len(path) <= 200 or len(text) > LONGEST_EDIT:
            raise InvalidInput(
                _("The text of “{field}” is too long.").format(field=manuscript.label_of(path[:200])),
                todo=_("It has at most 20,000 characters."),
                where=path,
            )
    return [Edit(field=path, text=text) for path, text in typed.edits.items()]


def due(typed: Typed) -> datetime:
    """The end of the day that was chosen.

    Raises:
        InvalidInput: that is no day.
    """
    return last_moment(day_typed(typed.due, "due_at"))
