"""What the parts of an article weigh in scores."""

from __future__ import annotations

from search.query import Part

PART_WEIGHT: dict[Part, float] = {"title": 1.2, "body": 1.0}
