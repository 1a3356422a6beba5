"""The persona, played by a language model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from agents import failures
from agents.asking import Message
from agents.models import RoleModel
from agents.persona import PersonaCue, Said
from agents.persona.reply import spoken
from agents.prompts import language_name, lines, load_prompt
from agents.provenance import Provenance

_SILENCE: Message = ("assistant", "…")  # where a turn of theirs was never answered


class ModelPersona:
    """Speaks with a language model. Everything it is told comes from the cue."""

    def __init__(self, model: RoleModel) -> None:
        self._model = self.model = model
        self._prompt = load_prompt("agents.persona")
        self.provenance = Provenance(player="model", model=model.settings.model, prompt_digest=self._prompt.digest)

    async def speak(self, cue: PersonaCue) -> AsyncGenerator[str, None]:
        """Stream the reply; see ``agents.persona.Persona``. Closing the iterator cancels the model's call."""
        said = False
        async with (
            aclosing(self._model.stream(self.messages(cue))) as pieces,
            aclosing(spoken(pieces, cue.name)) as words,
        ):
            async for piece in words:
                said = True
                yield piece
        if not said:
            raise failures.nonsense(self._model.asked, "sent an empty reply")

    def messages(self, cue: PersonaCue) -> list[Message]:
        """The conversation as the model sees it.

        What stays the same through a scene comes first, then the history, which only grows, and the directions of this
        turn last: servers that cache prefixes then read only what is new.
        """
        stable = {
            "name": cue.name,
            "role": cue.role,
            "learner_role": cue.learner_role,
            "language": language_name(cue.language),
            "language_level": cue.language_level,
            "difficulty": self._prompt.word(f"difficulty {cue.difficulty}"),
            "deck": self._deck(cue),
        }
        system, user = self._prompt.messages(
            {**stable, "directions": self._directions(cue), "said": cue.learner_says or "…"}
        )
        return [system, *self._history(cue), user]

    def _deck(self, cue: PersonaCue) -> str:
        word = self._prompt.word
        return lines(
            [
                (word("setting"), cue.setting),
                (word("relationship"), cue.relationship),
                (word("style"), cue.style),
                (word("stance"), cue.stance),
                (word("goals"), "; ".join(cue.goals)),
                (word("small_talk"), _quoted(cue.small_talk)),
                (word("closing"), _quoted(cue.closing)),
            ]
        )

    def _directions(self, cue: PersonaCue) -> str:
        word = self._prompt.word
        told = [
            (word("turn"), str(cue.turn)),
            (word("mood"), word(f"mood {min(3, max(-3, cue.mood))}")),
            (word("trust"), word(f"trust {_trust(cue.trust)}")),
        ]
        for concern in cue.open_concerns:
            when = word("now") if concern.now else word("open")
            told.append((when, f'{concern.fact} ({word("put")}: "{concern.voiced}")'))
        for cover in cue.covers:
            told.append((word("cover"), f'"{cover.line}" ({word("near")}: {", ".join(cover.topic)})'))
        if cue.objections and not (cue.ending or cue.leaves or cue.again):
            told.append((word("objection"), f'"{cue.objections[0]}"'))
        for person in cue.others:
            told.append((word("company_left" if person.left else "company"), f"{person.name}, {person.role}"))
        return "\n".join([lines(told), *self._how(cue)])

    def _how(self, cue: PersonaCue) -> Iterator[str]:
        """How this one reply is meant, a line each."""
        word = self._prompt.word
        if cue.simpler:
            yield word("simpler")
        if cue.cuts_in:
            yield word("cuts_in")
        if cue.ending or cue.leaves:
            yield word(f"ending {cue.ending}" if cue.ending else "leaves")
        elif cue.again:
            yield word("again")
        elif cue.all_open:
            yield word("all_open")
        elif not cue.open_concerns:
            yield word("nothing_open")

    def _heard(self, line: Said) -> str:
        if line.speaker == "other":
            return self._prompt.fill("Heard", {"other": line.name, "heard": line.text})
        return self._prompt.fill("Said", {"said": line.text})

    def _history(self, cue: PersonaCue) -> list[Message]:
        """Alternating lines, beginning with the user's side: many servers refuse anything else."""
        messages: list[Message] = []
        for line in cue.history:
            persona = line.speaker == "persona"
            role, text = ("assistant", line.text) if persona else ("user", self._heard(line))
            if messages and messages[-1][0] == role == "assistant":
                messages[-1] = (role, f"{messages[-1][1]}\n{text}")
                continue
            if cue.others and messages and messages[-1][0] == role:  # others talk with each other
                messages[-1] = (role, f"{messages[-1][1]}\n\n{text}")
                continue
            if messages and messages[-1][0] == role:  # theirs before was never answered
                messages.append(_SILENCE)
            messages.append((role, text))
        if messages and messages[0][0] == "assistant":
            messages.insert(0, ("user", self._prompt.fill("Opening", {"name": cue.name})))
        if messages and messages[-1][0] == "user":
            messages.append(_SILENCE)
        return messages


def _trust(trust: int) -> str:
    if trust <= -2:
        return "low"
    if trust <= 0:
        return "wary"
    return "some" if trust <= 2 else "high"


def _quoted(texts: tuple[str, ...]) -> str:
    return " / ".join(f'"{text}"' for text in texts)
