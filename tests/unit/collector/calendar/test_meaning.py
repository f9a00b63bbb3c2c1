"""Titles as North American school calendars have them, and what each means for school."""

from datetime import time

import pytest

from collector.calendar.meaning import meaning

TITLES = {
    ("holiday", True): [
        "No School - Teacher Workday", "Teacher In-Service", "Winter Break", "Labor Day - No School", "No School - Professional Development",
        "NO SCHOOL: Labor Day", "No School/PD Day", "No School for Students", "Schools Closed - Veterans Day", "All Schools and Offices Closed",
        "Schools and District Offices Closed - Juneteenth", "Staff development day (students off)", "Student/Teacher Holiday", "Student Holiday",
        "Non-Student Day", "Pupil-Free Day", "Student Free Day - Teacher Records", "Staff Only Day", "Teacher Institute Day", "Prof. Dev. Day",
        "Superintendent’s Conference Day", "No School - All activities canceled", "School cancelled due to snow", "Classes canceled",
        "No School - No Late Buses", "No School K-12", "No School (PreK-12)", "No School – Presidents’ Day", "Mid-Winter Recess", "Holiday Break",
        "Thanksgiving Break - Schools Closed", "Snow Day", "No Classes", "Parent/Teacher Conferences - No School", "No School - Grading Day",
        "Presidents' Day - No School (Snow make-up day)", "School not in session", "Students do not report", "Student Holidays/Staff Exchange Days", "Student Holiday/Teacher Work Day",
        "District Holidays", "School Holiday", "Winter Break School/ Office CLOSED", "Memorial Day School/Office CLOSED", "Spring Break/District Holiday",
        "Holiday (Independence Day) - Schools and Offices Closed", "Thanksgiving holiday week – No school for students",
        "Labor Day holiday – Schools and district offices closed", "Holiday – Students and Staff", "Grading/Recording & Staff Development",
    ],
    ("holiday", False): [
        "Labor Day", "Presidents’ Day", "President's Day", "Veteran's Day", "No School for Kindergarten", "No School PreK",
        "No School K-5 - conferences", "No School - Grades 9-12", "No School for HS", "Tentative: No School", "Reminder: No School Monday",
        "No School tomorrow", "Student Holiday if no bad weather days are taken", "Election Day", "No Summer School — Juneteenth", "E-Learning Day", "Remote Learning Day", "Virtual Day", "Garden Work Day", "No School; half day for staff",
        "Winter Break (classes resume January 4)", "Spring Break - School resumes 4/12",
    ],
    ("half", True): [
        "Half Day", "1/2 Day", "½ Day", "Half-Day", "Early Release Day", "Early-Dismissal", "Early dismissal before Winter Break", "Minimum Day",
        "Professional Development Half Day", "Early Dismissal - No Late Buses", "Early dismissal - after school activities cancelled",
        "Last Day of School before Winter Break - Early dismissal", "No school in the afternoon", "Early Dismissal/K-12 Teacher Workday", "Schools closed early", "Early Release – All Students", "Late Start - Professional Development",
    ],
    ("half", False): [
        "Early release for track team", "Early Dismissal for Seniors", "Half Day Kindergarten", "Half Day PTA meeting 7:00 pm", "High School Early Release",
        "Early Dismissal (Secondary Only)", "Early Dismissal - HS & MS - ENF & ERD", "Early Release Parent Conference Day (Elem., Interm. Only)",
        "Early Release - all elementary",
        "Thanksgiving Break (Wednesday half day)",
    ],
    ("school", True): ["Saturday School", "School in Session", "Columbus Day - School is in session"],
    ("school", False): [
        "Snow Make-Up Day", "Snow makeup day (if needed)", "Snow Day Make-Up", "Make-up Day", "Possible Weather Make Up Day", "School make-up day",
    ],
    ("first", True): ["First Day of School", "1st Day of School", "First Student Day", "School Begins", "School Year Begins", "First day of classes",
                      "Students First Day of School", "First Day of School (Students)", "First Day of 1st Semester"],
    ("first", False): ["First Day of School for Kindergarten", "First day of school - Grades 6 and 9"],
    ("last", True): ["Last Day of School", "Last Day of School - Summer Break begins", "Last Student Day", "Last Day for Students", "School Ends",
                     "Student's Last Day of School", "Last Day of School/4th Quarter Ends"],
    ("last", False): ["Last Day of School for Seniors", "Last day of school (tentative)", "Last Day of Classes - Winter Break",
                      "Last Day of 1st Semester", "Last Day of Classes - Fall Semester"],
}  # fmt: skip
NOTHING = [
    "Holiday Concert", "Spring Break camp registration", "School resumes after Winter Break", "PTA meeting", "Lunch", "Veterans Day assembly", "",
    "No early dismissal today", "School Board budget workshop", "Half Day cancelled", "Classes resume", "First Day Back from Winter Break",
    "Welcome Back from Spring Break", "Return from Winter Break", "Last day of school before Winter Break", "First day of school after winter break",
    "Last day for students to drop a class", "Summer School Begins", "Summer School Last Day of Classes", "No School Board Meeting",
    "Canceled: No School", "Cancelled: Early Release", "Early Release Cancelled", "Picture Make-Up Day", "SAT Make-up Day", "Yearbook Make-up Day",
    "Winter Break Begins", "Spring Break Basketball Clinic", "School Picture Day", "100th Day of School", "After-school activities cancelled",
    "Saturday school cancelled", "Back to School Night", "Winter Break Packets Due", "Second semester begins", "End of first quarter", "School Holiday Concert",
    "Students Return from Winter Break",
]  # fmt: skip


@pytest.mark.parametrize(("title", "expected"), [(title, key) for key, titles in TITLES.items() for title in titles])
def test_titles(title: str, expected: tuple[str, bool]) -> None:
    found = meaning(title)
    assert found is not None
    assert (found.becomes, found.sure) == expected


@pytest.mark.parametrize("title", NOTHING)
def test_titles_that_say_nothing_of_school(title: str) -> None:
    assert meaning(title) is None


@pytest.mark.parametrize(
    ("title", "late", "shift_min", "clocks"),
    [
        ("Early Dismissal 12:15", False, 0, [time(12, 15)]),
        ("Early release at 1:30 pm", False, 0, [time(13, 30)]),
        ("Early release at 1", False, 0, [time(13)]),
        ("Early dismissal 13:15", False, 0, [time(13, 15)]),
        ("Noon dismissal", False, 0, [time(12)]),
        ("11:30 a.m. dismissal; conferences 12:30-3:00", False, 0, [time(11, 30), time(12, 30), time(15)]),
        ("Conferences 8:00-11:00 / Early dismissal 11:30", False, 0, [time(11, 30), time(11), time(8)]),
        ("School ends at 12:00", False, 0, [time(12)]),
        ("2-Hour Early Dismissal", False, 120, []),
        ("Delayed Opening 10:00", True, 0, [time(10)]),
        ("School begins at 10:00", True, 0, [time(10)]),
        ("2-hour delay", True, 120, []),
        ("1.5 hour delay", True, 90, []),
        ("Two-Hour Delayed Opening", True, 120, []),
        ("90 minute delay", True, 90, []),
        ("Delayed opening 2 hours", True, 120, []),
        ("2 Hour Late Start", True, 120, []),
        ("School will begin one hour later", True, 60, []),
        ("Prof Devel (PD)- 2 HR early Dismissal", False, 120, []),
        ("Schools closed 3 hours early", False, 180, []),
        ("Early Release - Elementary: 7:40-11:40", False, 0, [time(7, 40), time(11, 40)]),
    ],
)
def test_short_days(title: str, late: bool, shift_min: int, clocks: list[time]) -> None:
    found = meaning(title)
    assert found is not None
    assert (found.becomes, found.short, found.late) == ("half", True, late)
    assert (found.shift_min, list(found.clocks)) == (shift_min, clocks)


def test_a_last_day_may_be_short() -> None:
    found = meaning("Last Day of School (half day, 11:30)")
    assert found is not None
    assert (found.becomes, found.short, found.clocks) == ("last", True, (time(11, 30),))
    plain = meaning("Last Day of School")
    assert plain is not None
    assert not plain.short
