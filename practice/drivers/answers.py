"""What somebody answers: a check-in, and the taps after a practice. Every question may be left out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from evidence.errors import InvalidInput
from practice.drivers.items import Driver, Moment, asked_at, check_in, taps

MAX_GOAL = 400


class Answers(BaseModel):
    """One check-in. What was not answered is None, or is not there.

    ``items`` maps ids of statements to 0..10. ``goal`` is the person's own sentence (before), ``goal_level`` how far
    they got (-2..2, after and later), ``forecast`` a chance in per cent (before and after), ``happened`` whether it did
    (later).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    items: dict[str, int | None] = Field(default_factory=dict, max_length=20)
    goal: str = Field(default="", max_length=MAX_GOAL)
    goal_level: int | None = None
    forecast: int | None = None
    happened: bool | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was answered."""
        said = [*self.items.values(), self.goal_level, self.forecast, self.happened]
        return not self.goal.strip() and all(each is None for each in said)

    def low(self, driver: Driver) -> bool:
        """Whether any answer about a driver says that something is missing."""
        asked = check_in()
        said = [self.items.get(item.id) for item in asked.items if item.driver is driver]
        return any(value is not None and value <= asked.low for value in said)


class TapAnswers(BaseModel):
    """The taps after a practice: places in each question's list of answers, and in how many days (``by``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    useful: int | None = None
    ready: int | None = None
    likely: int | None = None
    by: int = Field(default=30, ge=1, le=90, description="in how many days the conversation would be held")

    @property
    def chance(self) -> float | None:
        """The forecast as a probability, or None where it was not tapped."""
        if self.likely is None:
            return None
        [tap] = [each for each in taps() if each.id == "likely"]
        return tap.chances[self.likely] / 100


def check_answers(answers: Answers, moment: Moment) -> None:
    """See that answers fit what is asked at a moment.

    Raises:
        InvalidInput: an answer is off its scale, is about something not asked now, or nothing was answered.
    """
    asked = check_in()
    known = {item.id for item in asked_at(moment)}
    for name, value in answers.items.items():
        if name not in known:
            raise InvalidInput("This is not asked here.", where=f"items.{name[:60]}", todo="Leave it out.")
        if value is not None and not asked.scale.least <= value <= asked.scale.most:
            raise InvalidInput(
                f"An answer is between {asked.scale.least} and {asked.scale.most}.",
                where=f"items.{name}",
                todo="Choose one of them, or leave it out.",
            )
    levels = {level.value for level in asked.goal.levels}
    if answers.goal_level is not None and answers.goal_level not in levels:
        raise InvalidInput("How far you got is between -2 and 2.", where="goal_level", todo="Choose one of them.")
    if answers.forecast is not None and not 0 <= answers.forecast <= 100:
        raise InvalidInput("A chance is between 0 and 100 per cent.", where="forecast", todo="Choose one of them.")
    others: tuple[tuple[str, object, set[Moment]], ...] = (
        ("goal", answers.goal.strip() or None, {Moment.BEFORE}),
        ("goal_level", answers.goal_level, {Moment.AFTER, Moment.LATER}),
        ("forecast", answers.forecast, {Moment.BEFORE, Moment.AFTER}),
        ("happened", answers.happened, {Moment.LATER}),
    )
    for place, given, when in others:
        if given is not None and moment not in when:
            raise InvalidInput("This is not asked here.", where=place, todo="Leave it out.")
    if answers.empty:
        raise InvalidInput("Nothing was answered.", where="items", todo="Answer one question, or come back later.")


def check_taps(answers: TapAnswers) -> None:
    """See that taps are places in their lists.

    Raises:
        InvalidInput: one is not, or nothing was tapped.
    """
    said = {"useful": answers.useful, "ready": answers.ready, "likely": answers.likely}
    for tap in taps():
        value = said[tap.id]
        if value is not None and not 0 <= value < len(tap.answers):
            raise InvalidInput(
                f"There is no such answer; there are {len(tap.answers)}.", where=tap.id, todo="Choose one of them."
            )
    if all(value is None for value in said.values()):
        raise InvalidInput("Nothing was tapped.", where="useful", todo="Tap one answer, or leave all of them.")
