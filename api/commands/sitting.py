"""Deciding in a dialogue: a few keys, and nothing that was typed is lost where it cannot be sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from api import terminal
from api.commands.deciding import NO_DATE, Order, Settlement, carry_out, criterion_named, key_of

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from evidence.errors import Conflict
    from graphs.reviewing import Review
    from graphs.turns import Turn
    from store.records import CheckpointRow

NONE = "-"  # typed to take back what was typed before


class Words:
    """What a person typed, so that it is offered again where it could not be sent; edits are kept by field."""

    def __init__(self) -> None:
        self._typed: dict[str, str] = {}
        self.edits: dict[str, str] = {}

    def ask(self, what: str, prompt: str, suggestion: str = "") -> str:
        """Ask for a line; what was typed before stands where nothing is typed now, and "-" takes it back."""
        said = terminal.ask(prompt, self._typed.get(what) or suggestion or None)
        self._typed[what] = "" if said == NONE else said
        return self._typed[what]

    def forget(self, *what: str) -> None:
        """It was sent; without names, everything was."""
        for name in what or tuple(self._typed):
            self._typed.pop(name, None)
        if not what:
            self.edits.clear()

    def keep(self, checkpoint_id: str) -> None:
        """Show what was typed and not sent, and write edits to a file that can be sent later."""
        from api.commands.edits import keep

        typed = [text for text in self._typed.values() if len(text.split()) > 1]
        if typed:
            terminal.say("\nNot sent:", style="bold")
        for text in dict.fromkeys(typed):
            terminal.say(f"  {text}")
        if not self.edits:
            return
        path = keep(self.edits, checkpoint_id)
        if path is None:
            for name, text in self.edits.items():
                terminal.say(f"  {name}: {text}")
            return
        terminal.say(
            f"Your edits are in {path}. Send them: {terminal.program()} review {terminal.short(checkpoint_id)} "
            f"--approve-with-edits {path}"
        )


class Sitting:
    """One person at one checkpoint.

    Args:
        app: the opened installation.
        who: is logged in.
        shown: the review as it was shown.
        turn: whose turn it is there.
    """

    def __init__(self, app: Application, who: Identity, shown: Review, turn: Turn) -> None:
        self._app, self._who = app, who
        self.shown, self._turn = shown, turn
        self._words = Words()

    async def hold(self) -> CheckpointRow | None:
        """Ask until the person has decided or leaves; None where nothing was decided.

        Raises:
            Conflict: somebody else decided meanwhile; what was typed is shown again first.
            Left: the person left in the middle of it.
        """
        from evidence.errors import ConductorError, Conflict

        try:
            while True:
                key = terminal.ask(f"\n{self._menu()}").lower()[:1]
                if key in ("q", ""):
                    terminal.say("Nothing was decided.")
                    self._words.keep(self.shown.checkpoint.id)
                    return None
                try:
                    decided = await self._act(key)
                except Conflict:
                    raise
                except ConductorError as error:
                    if error.status in (401, 503):
                        raise
                    terminal.problem(error)
                    continue
                if decided is not None:
                    return decided
        except (ConductorError, terminal.Left):
            self._words.keep(self.shown.checkpoint.id)
            raise

    def _offers(self) -> list[list[tuple[str, str]]]:
        """Keys and what they do, as far as they can be used here: decisions, then smaller acts."""
        turn, shown = self._turn, self.shown
        first, second = [], []
        if turn.may_act:
            if not turn.barred:
                first.append(("a", "[a]pprove"))
            first += [("e", "[e]dit"), ("c", "request [c]hanges"), ("r", "[r]eject")]
        if turn.may_withdraw:
            first.append(("w", "[w]ithdraw"))
        if turn.may_act:
            if any(each.outcome == "refer" for each in shown.criteria):
                second.append(("s", "[s]ettle a criterion"))
            if any(each.level is not None for each in shown.criteria):
                second.append(("g", "a[g]ree or not"))
            if shown.asked:
                second.append(("m", "[m]ark a comment"))
            claim = {"mine": "give back ([t])", "theirs": "[t]ake over"}.get(turn.claim, "[t]ake it")
            second += [("t", claim), ("d", "[d]ue date")]
        return [first, [*second, ("p", "[p]age again"), ("q", "[q]uit")]]

    def _menu(self) -> str:
        return "\n".join(", ".join(words for _, words in line) for line in self._offers() if line) + "?"

    async def _act(self, key: str) -> CheckpointRow | None:
        """Do what a key stands for; the checkpoint where that was a decision."""
        if key not in {offered for line in self._offers() for offered, _ in line}:
            return None
        if key == "p":
            await self._reload(page=True)
            return None
        order = self._order(key)
        if order is None:
            return None
        row = await self._send(order)
        if row is None:
            return None
        if order.kind:
            self._words.forget()
            return row
        self._words.forget("criterion", "level", "quote", "why", "note", "due")
        await self._reload(page=bool(order.settle))
        return None

    def _order(self, key: str) -> Order | None:
        """What a key orders, with the words it needs; None where the person thought better of it."""
        asking: dict[str, Callable[[], Order | None]] = {
            "a": self._approval,
            "e": self._edits,
            "c": self._changes,
            "r": lambda: Order("reject", self._words.ask("reason", "Why?")),
            "w": lambda: Order("withdraw", self._words.ask("reason", "Why is it withdrawn?")),
            "s": self._settlement,
            "g": self._agreement,
            "m": self._mark,
            "t": self._claim,
            "d": self._due,
        }
        return asking[key]()

    async def _send(self, order: Order) -> CheckpointRow | None:
        """Send an order; again where only a login, a claim or a second look stands in between."""
        from api.commands.acting import logged_in_again
        from evidence.errors import Conflict, NotAuthenticated

        while True:
            try:
                return await carry_out(
                    self._app, self._who, self.shown, order, lambda said: terminal.say(said, style=terminal.GOOD)
                )
            except NotAuthenticated as error:
                terminal.problem(error)
                self._who = await logged_in_again(self._app, self._who)
            except Conflict as error:
                if not await self._still(error):
                    return None

    async def _still(self, error: Conflict) -> bool:
        """After a conflict: whether to send the same again. Raises it where nothing can be sent any more."""
        before = self.shown.review_digest
        await self._reload()
        if self.shown.checkpoint.status != "pending":
            raise error
        terminal.problem(error)
        if self.shown.review_digest == before:
            return self._turn.claim == "theirs" and await self._taken_over()
        await self._reload(page=True)
        terminal.say("What you typed is kept.", style="bold")
        return _yes("Send it on what you see now? [y/N]")

    async def _taken_over(self) -> bool:
        if not _yes(f"Take it over from {self._turn.claimed_by}, and send this? [y/N]"):
            return False
        return await self._send(Order(take_over=True)) is not None

    async def _reload(self, *, page: bool = False) -> None:
        from api.terminal.review import page as drawn
        from graphs.reviewing import review
        from graphs.turns import turn_at

        self.shown = await review(self._app.store, self._who.actor, self.shown.checkpoint.id)
        self._turn = await turn_at(self._app.store, self._who.actor, self.shown)
        if page:
            terminal.out().print(drawn(self.shown, turn=self._turn, me=self._who.actor.person_id))

    def _approval(self) -> Order:
        why = "Why should it be used all the same?" if self._turn.against else "A word on why? (Enter for none)"
        return Order("approve", self._words.ask("reason", why))

    def _edits(self) -> Order | None:
        from rich.text import Text

        from api.commands.edits import editor, in_editor, known_fields
        from api.terminal.review import differences
        from evidence.difference import field_differences

        source, edits = self.shown.source, self._words.edits
        terminal.say("Your wording makes a new version, and you its author: somebody else signs it.")
        while True:
            name = _one_of("Field to change (? lists them, Enter when done):", known_fields(source), source)
            if not name:
                break
            if editor():
                edits[name] = in_editor(edits.get(name, source[name]), name)
            else:
                terminal.out().print(Text(edits.get(name, source[name]), style=terminal.QUIET))
                edits[name] = terminal.ask("New text:", edits.get(name)) or source[name]
            if edits[name] == source[name]:
                del edits[name]
                terminal.say("It reads as before.")
        if not edits:
            return None
        before = {name: source[name] for name in edits}
        for line in differences(field_differences(before, edits)):
            terminal.out().print(line)
        if not _yes(f"Send {'this edit' if len(edits) == 1 else f'these {len(edits)} edits'}? [y/N]"):
            return None
        return Order("approve_with_edits", self._words.ask("reason", "A word on why? (Enter for none)"), edits=edits)

    def _changes(self) -> Order | None:
        from evidence.fields import text_fields

        fields = text_fields(self.shown.content)
        found: list[tuple[str, str, str]] = []
        prompt = "What should change?"
        while text := self._words.ask(f"change {len(found)}", prompt):
            name = _anchor("Which field is it about? (? lists them, Enter for the whole)", fields)
            quote = _quote("Which words of it? (Enter for none)", fields, name)
            found.append((name, quote, text))
            prompt = "What else should change? (Enter for nothing)"
        return Order("request_changes", comments=tuple(found)) if found else None

    def _settlement(self) -> Order:
        referred = [each for each in self.shown.criteria if each.outcome == "refer"]
        for each in referred:
            terminal.say(f"{each.criterion_id}: {each.question} Levels, lowest first: {', '.join(each.levels)}")
        which = self._words.ask("criterion", "Criterion:", referred[0].criterion_id if len(referred) == 1 else "")
        criterion = criterion_named(self.shown, which)
        level = self._words.ask("level", "Level:")
        quote = self._words.ask("quote", f"Words of the text that show {level.replace('_', ' ') or 'it'}:")
        reason = self._words.ask("why", "Why, in a sentence:")
        return Order(settle=(Settlement(criterion.criterion_id, level, quote, reason),))

    def _agreement(self) -> Order | None:
        judged = [each for each in self.shown.criteria if each.level is not None]
        for number, each in enumerate(judged, 1):
            terminal.say(f"{number}. {each.criterion_id}: {each.level}")
        typed = terminal.ask("Which one? (its number or name)")
        if not typed:
            return None
        chosen = judged[int(typed) - 1].criterion_id if typed.isdecimal() and 0 < int(typed) <= len(judged) else typed
        criterion = criterion_named(self.shown, chosen)
        if _yes(f"Is '{criterion.level}' right? [y/n]"):
            return Order(agree=(criterion.criterion_id,))
        levels = ", ".join(level for level in criterion.levels if level != criterion.level)
        own = key_of(terminal.ask(f"Your level ({levels}; Enter if you do not know):"))
        return Order(disagree=(f"{criterion.criterion_id}={own}" if own else criterion.criterion_id,))

    def _mark(self) -> Order | None:
        typed = terminal.ask("Which comment? (its number)", "1" if len(self.shown.asked) == 1 else None)
        if not typed.isdecimal():
            return None
        resolved = _yes("Is it resolved? [y/n]")
        note = self._words.ask("note", "A note? (Enter for none)")
        number = (int(typed),)
        return Order(resolve=number, note=note) if resolved else Order(unresolve=number, note=note)

    def _claim(self) -> Order | None:
        if self._turn.claim == "theirs":
            sure = _yes(f"{self._turn.claimed_by} has claimed it. Take it over? [y/N]")
            return Order(take_over=True) if sure else None
        return Order(release=True) if self._turn.claim == "mine" else Order(claim=True)

    def _due(self) -> Order | None:
        typed = self._words.ask("due", f"Due on which day? (2027-01-31, or {NO_DATE})")
        return Order(due=typed) if typed else None


def _yes(prompt: str) -> bool:
    return terminal.ask(prompt).lower() in ("y", "yes")


def _one_of(prompt: str, listed: Sequence[str], known: Collection[str]) -> str:
    """Ask for one of the fields until it is one, or empty."""
    from evidence.plain_messages import did_you_mean

    while True:
        typed = terminal.ask(prompt)
        if not typed or typed in known:
            return typed
        if typed == "?":
            terminal.say(", ".join(listed))
        else:
            terminal.complain(f"The text has no field '{typed}'.{did_you_mean(typed, list(known))}")


def _anchor(prompt: str, fields: dict[str, str]) -> str:
    """Ask for a field, or for what several of them begin with."""
    roots = [path.partition("[")[0].partition(".")[0] for path in fields]
    begins = {path[:end] for path in fields for end in range(1, len(path) + 1) if path[end : end + 1] in ("", ".", "[")}
    return _one_of(prompt, list(dict.fromkeys(roots)), begins)


def _quote(prompt: str, fields: dict[str, str], within: str) -> str:
    """Ask for words of a field until they stand in it, or nothing is typed."""
    while True:
        typed = terminal.ask(prompt)
        if not typed or any(typed in text for path, text in fields.items() if path.startswith(within)):
            return typed
        terminal.complain("These words are not there.", "Copy them from the text, or press Enter for none.")
