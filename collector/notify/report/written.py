"""A composed report as a subject, as plain text for chats, and as the HTML of a mail: no script, nothing loaded from elsewhere. Pure."""

from html import escape

from collector.notify.message import Text
from collector.notify.report.compose import Report, Section

_SUBJECT = 160
_COLOURS = {"critical": "#a40e26", "major": "#b3400b", "minor": "#7a5b00", "info": "#3d5a80"}
"""At least 4.5:1 on white; the word beside it says the same."""


def written(report: Report, public_url: str | None) -> Text:
    """Subject, text and mail. Links lead to the console, which asks who one is: none carries a credential."""
    base = public_url.rstrip("/") if public_url else ""
    return Text(_subject(report), as_text(report, base), as_mail(report, base))


def as_text(report: Report, base: str = "") -> str:
    """Plain lines, the sentence first; `base` is the console's address, empty: no links."""
    lines = [report.sentence]
    for section in report.sections:
        lines += ["", section.title]
        for one in section.lines:
            lines.append(f"- {one.text}" + (f" ({one.more})" if one.more else ""))
        lines += [f"  and {section.more} more"] if section.more else []
    lines += ["", report.figures] if report.figures else []
    lines += ["", *report.notes] if report.notes else []
    lines += ["", f"{base}/reports/{report.day}"] if base else []
    return "\n".join(lines)


def as_mail(report: Report, base: str = "") -> str:
    """One column, system fonts, styles on the elements alone since mail programs drop the rest."""
    parts = [
        '<div style="max-width:36em;font:16px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#ffffff">',
        f'<p style="font-size:20px;line-height:1.3;margin:0 0 16px"><strong>{escape(report.sentence)}</strong></p>',
        *(_section(section, base) for section in report.sections),
    ]
    if report.figures:
        parts.append(f'<p style="color:#4a4a4a;font-size:14px;margin:16px 0 0">{escape(report.figures)}</p>')
    parts += [f'<p style="margin:12px 0 0">{escape(note)}</p>' for note in report.notes]
    if base:
        link = escape(f"{base}/reports/{report.day}")
        parts.append(f'<p style="margin:16px 0 0"><a href="{link}">The whole report</a></p>')
    return "".join([*parts, "</div>"])


def _section(section: Section, base: str) -> str:
    items = []
    for one in section.lines:
        text = escape(one.text)
        if base and one.link:
            text = f'<a href="{escape(base + one.link)}" style="color:#1b1b1b">{text}</a>'
        mark = f'<strong style="color:{_COLOURS[one.severity]}">{one.severity}</strong> ' if one.severity else ""
        more = f'<br><span style="color:#4a4a4a;font-size:14px">{escape(one.more)}</span>' if one.more else ""
        items.append(f'<li style="margin:0 0 6px">{mark}{text}{more}</li>')
    rest = f'<p style="color:#4a4a4a;margin:0 0 12px">and {section.more} more</p>' if section.more else ""
    return (
        f'<p style="margin:16px 0 6px"><strong>{escape(section.title)}</strong></p>'
        f'<ul style="margin:0;padding-left:18px">{"".join(items)}</ul>{rest}'
    )


def _subject(report: Report) -> str:
    text = f"{report.day:%a} {report.day.day} {report.day:%b}: {report.sentence}"
    return text if len(text) <= _SUBJECT else text[: _SUBJECT - 1].rstrip() + "…"
