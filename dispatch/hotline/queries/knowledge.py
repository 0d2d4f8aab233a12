"""What an agent should know about what a caller says: matched by words, by category, by group."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from dispatch.catalogue.reference import CategoryFacts
from dispatch.hotline.reference import SnippetFacts, knowledge

MOST = 4


def snippets_for(
    session: Session, text: str, category: CategoryFacts | None, *, most: int = MOST
) -> list[SnippetFacts]:
    """The snippets in use that fit best."""
    return best_of(knowledge(session).snippets, text, category, most=most)


def best_of(
    snippets: Iterable[SnippetFacts], text: str, category: CategoryFacts | None, *, most: int = MOST
) -> list[SnippetFacts]:
    """Those that fit best: more words of the text first, then the category, then its group."""
    folded = text.lower()
    fitting = [(_fit(each, folded, category), -each.id, each) for each in snippets]
    found = sorted((each for each in fitting if each[0] > 0), reverse=True, key=lambda e: e[:2])
    return [snippet for _, _, snippet in found[:most]]


def _fit(snippet: SnippetFacts, folded: str, category: CategoryFacts | None) -> float:
    points = sum(1.0 + len(word) / 10 for word in snippet.words if word.lower() in folded)
    if category is None:
        return points
    if snippet.category_id is not None:
        return points + (2.5 if snippet.category_id == category.id else 0.0)
    return points + (0.5 if snippet.group == category.group else 0.0)
