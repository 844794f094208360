"""The interface in the reader's language: choice of language, messages, dates, numbers.

The interface languages are tagged as in BCP 47. Messages are gettext catalogues below
``translations/``; the English ones are the message ids themselves.
"""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from babel.dates import format_date as babel_format_date
from babel.dates import format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask, Response, g, request

from sanbao.web.params import Locale

LOCALES: tuple[Locale, ...] = get_args(Locale)
LOCALE_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "ja": "日本語", "en": "English"}
COOKIE = "ui"
COOKIE_SECONDS = 365 * 24 * 3600

_DEFAULT: Locale = "en"
_TRANSLATIONS = Path(__file__).parent / "translations"


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    return message


_FACET_NAMES = {
    "lang": N_("Language"),
    "source": N_("Source"),
    "category": N_("Category"),
    "author": N_("Author"),
}


def install(app: Flask) -> None:
    """Remember the language that a reader chose and give the templates what they need."""
    app.after_request(_remember)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        date=format_date,
        facet_name=facet_name,
        instant=format_instant,
        language=language_name,
        number=format_number,
        period=format_period,
        points=format_points,
    )
    app.jinja_env.globals.update(locale_names=LOCALE_NAMES, ui=current)


def current() -> Locale:
    """The interface language of the current request."""
    if "locale" not in g:
        g.locale = _chosen()
    locale: Locale = g.locale
    return locale


def negotiate(accepted: Iterable[str]) -> Locale:
    """The first of the accepted languages (BCP 47, best first) that the interface has."""
    for tag in accepted:
        for locale in _candidates(tag):
            if locale in LOCALES:
                return locale
    return _DEFAULT


def gettext(message: str) -> str:
    """The message in the current language."""
    return _catalogue(current()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The message for this count in the current language."""
    return _catalogue(current()).ngettext(singular, plural, count)


def format_date(day: date) -> str:
    """The day in words."""
    return _date_in(current(), day.year, day.month, day.day)


def format_period(start: date, monthly: bool) -> str:
    """The day in words, or the whole month that it begins."""
    return format_month(start) if monthly else format_date(start)


def format_month(day: date) -> str:
    """The day's month in words."""
    return _month_in(current(), day.year, day.month)


def format_instant(instant: datetime) -> str:
    """The UTC day in words, and the time."""
    time = format_time(instant, "HH:mm", locale=_babel_locale(current()))
    return f"{format_date(instant)} {time} UTC"


def format_number(number: int) -> str:
    """The number with the separators of the language."""
    return _number_in(current(), number)


def format_points(points: float) -> str:
    """The number with three digits after the point."""
    return format_decimal(points, "#,##0.000", locale=_babel_locale(current()))


def facet_name(name: str) -> str:
    """What a facet of :data:`search.fields.FACETS` is called in the current language."""
    return gettext(_FACET_NAMES[name])


def language_name(tag: str) -> str:
    """What the language of an article is called in the current language."""
    return str(_babel_locale(current()).languages.get(tag.replace("-", "_"), tag))


# A page writes the same dates and numbers as the page before; Babel takes 30 microseconds for each.
@lru_cache(maxsize=4096)
def _date_in(locale: Locale, year: int, month: int, day: int) -> str:
    return babel_format_date(date(year, month, day), "long", locale=_babel_locale(locale))


@lru_cache(maxsize=4096)
def _month_in(locale: Locale, year: int, month: int) -> str:
    return format_skeleton("yMMMM", datetime(year, month, 1), locale=_babel_locale(locale))


@lru_cache(maxsize=4096)
def _number_in(locale: Locale, number: int) -> str:
    return format_decimal(number, locale=_babel_locale(locale))


def _chosen() -> Locale:
    wanted = request.args.get("ui") or request.cookies.get(COOKIE)
    known = [locale for locale in LOCALES if locale == wanted]
    return known[0] if known else negotiate(request.accept_languages.values())


def _remember(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(["Accept-Language", "Cookie"])
        if request.args.get("ui") == current():
            response.set_cookie(
                COOKIE,
                current(),
                max_age=COOKIE_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
    return response


def _candidates(tag: str) -> tuple[Locale, ...]:
    # Babel adds the script that a region writes: zh-TW is zh-Hant-TW.
    try:
        parsed = BabelLocale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return ()
    if parsed.language == "zh":
        return ("zh-Hant",) if parsed.script == "Hant" else ("zh-Hans",)
    return tuple(locale for locale in LOCALES if locale == parsed.language)


@cache
def _babel_locale(locale: Locale) -> BabelLocale:
    return BabelLocale.parse(locale, sep="-")


@cache
def _catalogue(locale: Locale) -> gettext_module.NullTranslations:
    path = _TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext_module.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale.replace("-", "_")))
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)
