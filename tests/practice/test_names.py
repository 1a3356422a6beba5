from __future__ import annotations

import pytest

from practice.names import called


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jana Novak", ("Jana Novak", "Novak", "Jana")),
        ("Mr Albrecht", ("Albrecht",)),
        ("Frau Dr. Ana Sol", ("Ana Sol", "Ana", "Sol")),
        ("Tom", ("Tom",)),
        ("Mr", ("Mr",)),
        ("Maria del Mar Ruiz", ("Maria del Mar Ruiz", "Maria", "Ruiz")),
    ],
)
def test_people_are_called_by_first_name_surname_or_all_of_it(name: str, parts: tuple[str, ...]) -> None:
    assert called(name) == parts
