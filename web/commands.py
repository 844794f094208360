"""Commands for the keys that allow writing over HTTP: create, list, revoke."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sanbao.search.cli.settings import index_option, json_option
from sanbao.web.guarding.keys import create_key, key_file, read_keys, revoke_key


@click.group()
def key() -> None:
    """Keys that allow writing over HTTP, each for one name.

    Running servers take changes at once. To replace a key, create another one, let the writer
    change over, then revoke the old one.
    """


@key.command()
@click.argument("name")
@index_option
def create(name: str, index: Path) -> None:
    """Make a key for NAME and print it, this once: only a hash of it is kept."""
    path = key_file(index)
    token = create_key(path, name)
    click.echo(f"The key of {name}, kept as a hash in {path}:", err=True)
    click.echo(token)


@key.command("list")
@index_option
@json_option
def list_keys(index: Path, as_json: bool) -> None:
    """Name the keys and when each was made."""
    keys = read_keys(key_file(index))
    if as_json:
        listed = [{"name": key.name, "created": key.created} for key in keys]
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for entry in keys:
        click.echo(f"{entry.name}  {entry.created}")


@key.command()
@click.argument("name")
@index_option
def revoke(name: str, index: Path) -> None:
    """Let the key of NAME allow nothing any more."""
    revoke_key(key_file(index), name)
    click.echo(f"The key of {name} is revoked.", err=True)
