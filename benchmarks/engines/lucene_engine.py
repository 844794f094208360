"""Lucene 9.9, https://lucene.apache.org, from the jar inside the pyserini wheel.

It runs in a Java process of its own, which measures itself, so that pipes cost it nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Literal

from benchmarks.engines.corpus import Corpus
from benchmarks.engines.engine import Answer, Build, Query
from benchmarks.engines.process import folder_size

PYSERINI = "pyserini==0.40.0"
_JAR = "anserini-0.38.0-fatjar.jar"
_SOURCE = Path(__file__).with_name("LuceneRunner.java")
_K1_PLUS_1 = 2.2
"""Lucene leaves this constant factor of BM25 out."""


class LuceneProcess:
    """A Java process with an index open. Use as a context manager."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self._process = subprocess.Popen(
            [*java(tools), "search", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._read()

    def ask(self, request: str) -> str:
        """The reply to a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        return self._read()

    def __enter__(self) -> LuceneProcess:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> str:
        assert self._process.stdout is not None
        reply = self._process.stdout.readline()
        if not reply:
            raise RuntimeError("the Lucene process has ended; its message is above")
        return reply.rstrip("\n")


class LuceneEngine:
    """Lucene with an exact count, or only for the first documents, where it skips the others."""

    def __init__(self, process: LuceneProcess, mode: Literal["count", "top"]) -> None:
        self.name = {"count": "Lucene (count)", "top": "Lucene (top 10)"}[mode]
        self._process = process
        self._mode = mode

    def takes(self, query: Query) -> bool:
        """All but facets, which need a module that is not in this jar."""
        return not query.counts

    def prepare(self, query: Query) -> str:
        """The query as a line of the protocol."""
        order = "newest" if query.newest else "score"
        return "\t".join([self._mode, query.operator, order, " ".join(query.terms)])

    def seconds(self, prepared: str) -> float:
        """As the Java process measured it."""
        return int(self._process.ask(prepared).split("\t")[0]) * 1e-9

    def answer(self, prepared: str) -> Answer:
        """What the Java process answered."""
        _, total, hits = self._process.ask(prepared).split("\t")
        pairs = [hit.split(":") for hit in hits.split()]
        scale = 1.0 if "\tnewest\t" in prepared else _K1_PLUS_1
        return Answer(
            total=int(total) if self._mode == "count" else None,
            documents=tuple(int(number) for number, _ in pairs),
            keys=tuple(float(key) * scale for _, key in pairs),
        )


def build(corpus: Corpus, folder: Path, batches: int, tools: Path) -> Build:
    """Index the documents in as many commits, then merge them into one segment."""
    command = [*java(tools), "index", corpus.documents, folder, str(len(corpus)), str(batches)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="ascii").stdout
    index_nanoseconds, merge_nanoseconds, peak_kilobytes = map(int, printed.split())
    return Build(
        index_nanoseconds * 1e-9,
        merge_nanoseconds * 1e-9,
        folder_size(folder),
        peak_kilobytes * 1024,
    )


@cache
def java(tools: Path) -> list[str | Path]:
    """The command that runs :file:`LuceneRunner.java`, compiled into the folder ``tools``."""
    if shutil.which("javac") is None:
        sys.exit("Lucene needs Java 17: install a JDK, so that javac and java are on the PATH.")
    jar = _jar(tools)
    subprocess.run(["javac", "-cp", jar, "-d", tools / "classes", _SOURCE], check=True)
    options = ["-Xmx6g", "-XX:+UseSerialGC", "-cp", f"{jar}:{tools / 'classes'}"]
    return ["java", *options, "LuceneRunner"]


def _jar(tools: Path) -> Path:
    """The jar, downloaded with pip and unpacked unless it is there already."""
    jar = tools / _JAR
    if not jar.exists():
        wheels = tools / "wheel"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PYSERINI]
        subprocess.run([*pip, "--dest", wheels], check=True)
        with zipfile.ZipFile(next(wheels.glob("pyserini-*.whl"))) as wheel:
            part = tools / "part.jar"
            with wheel.open(f"pyserini/resources/jars/{_JAR}") as source, part.open("wb") as target:
                shutil.copyfileobj(source, target)
            part.rename(jar)
        shutil.rmtree(wheels)
    return jar
