"""The README names every route and setting, and no other."""

import re
from pathlib import Path

import collector
from collector.api.routes import PREFIX
from collector.api.schema import operations
from collector.app import create_app
from collector.settings import Settings

FOLDER = Path(collector.__file__).parent


def described():
    """Each operation of the API as (method, path) with what it says of itself."""
    app = create_app(Settings(data=Path("unused"), database="dbname=unused"))
    return {(method, path.removeprefix(PREFIX)): operation for path, method, operation in operations(app.openapi())}


def test_the_readme_names_every_route():
    table = re.findall(r"^\| (GET|POST|PUT|DELETE) (\S+) \|", (FOLDER / "api" / "README.md").read_text(), re.MULTILINE)
    assert sorted(table) == sorted(described())


def test_every_route_says_what_it_is_and_answers_with_a_type():
    for route, operation in described().items():
        assert operation.get("description"), route
        success = next(response for status, response in operation["responses"].items() if status.startswith("2"))
        if "204" not in operation["responses"]:  # there is nothing in it
            assert any(media.get("schema") for media in success["content"].values()), route


def test_the_readme_names_every_setting_with_its_default():
    table = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|(.*?)\| .*? \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    named = {name: default.strip() for names, default in table for name in re.findall(r"`(\w+)`", names)}
    assert set(Settings.model_fields) <= set(named)
    for name, field in Settings.model_fields.items():
        if field.default is not None and name != "data":
            assert (
                named[name] == f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
            ), name
