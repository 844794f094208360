"""Under which licences is what Sanbao runs on? As the installed packages themselves say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sanbao.search.cli.settings import json_option
from sanbao.search.errors import SearchError

_UNDER = "License :: "


class NotInstalled(SearchError):
    """A package that Sanbao depends on is missing; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Licensed:
    """An installed package and what it says of its licence, in one line.

    Attributes:
        name, version: of the package.
        licence: an SPDX expression where the package has one (PEP 639), else its own words.
    """

    name: str
    version: str
    licence: str


def licensed_packages() -> list[Licensed]:
    """Sanbao and all that it needs to run, directly and through others, by name.

    Raises:
        NotInstalled: when one of them is not there.
    """
    found: dict[str, Licensed] = {}
    wanted = ["sanbao"]
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in found:
            package = _installed(name)
            found[name] = Licensed(name, package.version, _licence(package))
            wanted += _needed(package)
    return [found[name] for name in sorted(found)]


@click.command()
@json_option
def licences(as_json: bool) -> None:
    """Name the licence of each package that Sanbao runs on."""
    packages = licensed_packages()
    if as_json:
        click.echo(json.dumps([asdict(package) for package in packages], ensure_ascii=False))
        return
    for package in packages:
        click.echo(f"{package.name} {package.version}: {package.licence}")


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise NotInstalled(
            f"the package {name}, which Sanbao needs, is not installed; install Sanbao again"
        ) from None


def _needed(package: Distribution) -> list[str]:
    """What the package needs here: without extras, and for this system and this Python."""
    all_needed = map(Requirement, package.requires or ())
    return [
        needed.name
        for needed in all_needed
        if needed.marker is None or needed.marker.evaluate({"extra": ""})
    ]


def _licence(package: Distribution) -> str:
    # Messages of the standard library's parser, which types them by what is used most.
    metadata: Message = package.metadata  # type: ignore[assignment]
    said = metadata.get("License-Expression") or metadata.get("License")
    if said:
        return str(said).splitlines()[0]
    classifiers = metadata.get_all("Classifier") or []
    names = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith(_UNDER)]
    return ", ".join(names) or "not said"
