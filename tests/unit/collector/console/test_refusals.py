"""Refusals of pydantic in the words of a form."""

from datetime import time
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from collector.api.notifying import NewPerson
from collector.calendar.document import Schedule
from collector.console.refusals import in_words

CAPTIONS = {"at": "time", "terms": "", "hours": "", "closes": "end"}


class Form(BaseModel):
    """One field of each kind."""

    name: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    at: time = time(6)
    many: Annotated[int, Field(ge=1, le=9)] = 1


@pytest.mark.parametrize(
    ("model", "said", "words"),
    [
        (Form, {"name": ""}, "Name is missing."),
        (Form, {"name": "four"}, "Name must have at most 3 characters."),
        (Form, {"at": "soon"}, "Time must be a time of day, as 06:45."),
        (Form, {"many": "x"}, "Many must be a whole number."),
        (Form, {"many": 0}, "Many must be at least 1."),
        (Form, {"many": 10}, "Many must be at most 9."),
        (NewPerson, {"name": "Kim", "quiet_from": 1320}, "Quiet hours need both a beginning and an end, and not the same; leave both empty for none."),
        (Schedule, {"hours": {"monday": {"opens": "08:00", "closes": None}}}, "Monday end is missing; write a time of day as 07:30."),
        (Schedule, {"terms": [{"first": "2026-09-01", "last": "2026-08-01"}]}, "Last must not lie before first, nor more than 400 days after it."),
    ],
)  # fmt: skip
def test_the_first_thing_that_is_wrong(model: Any, said: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(said)
    assert in_words(caught.value, CAPTIONS) == words
