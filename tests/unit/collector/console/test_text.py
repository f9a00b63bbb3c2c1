"""Text from devices: cut, on one line, isolated, escaped."""

from collector.console.text import device_text, natural, plain, with_code


def test_markup_is_text() -> None:
    assert device_text("<b>&\"'") == "<bdi>&lt;b&gt;&amp;&#34;&#39;</bdi>"


def test_controls_and_direction_marks_are_shown_as_replaced() -> None:
    assert plain("a\x1b[31m\u202eb\u200fc\x00") == "a\ufffd[31m\ufffdb\ufffdc\ufffd"
    assert plain("line\nnext\u2028third") == "line next third"


def test_letters_of_every_script_stay() -> None:
    assert plain("Zürich שלום 教室") == "Zürich שלום 教室"


def test_long_text_is_cut_and_says_so() -> None:
    assert plain("x" * 500, 10) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10
    shown = device_text("y" * 5000, 10)
    assert shown.endswith(">yyyyyyyyy…</bdi>")
    assert len(shown) < 500


def test_a_command_in_advice_is_code_and_nothing_else_is_markup() -> None:
    assert with_code("Run `firstbell check`; <b>", 80) == "<bdi>Run <code>firstbell check</code>; &lt;b&gt;</bdi>"
    assert with_code("one ` alone", 80) == "<bdi>one ` alone</bdi>"


def test_numbers_in_names_count_as_numbers() -> None:
    assert sorted(["Camera 10", "camera 2", "Annex", "3²"], key=natural) == ["3²", "Annex", "camera 2", "Camera 10"]
