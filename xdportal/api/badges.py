"""A badge by a token in its address: what state a pin, a recipe or the pins of a source are in."""

from datetime import datetime
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from xdportal.accounts.access import Viewer
from xdportal.alerts import public
from xdportal.alerts.models import Pin, PublicToken, Recipe
from xdportal.alerts.pins.recipes import RecipeState, evaluate_recipes
from xdportal.alerts.pins.state import evaluate
from xdportal.alerts.pins.states import State


class Word(StrEnum):
    """What a badge says, the gravest first."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    WARNING = "warning"
    OK = "ok"


COLOURS = {
    Word.BROKEN: "#b3261e",
    Word.UNKNOWN: "#5f6368",
    Word.WARNING: "#8a5a00",
    Word.OK: "#1e7a3c",
}
BY_LEVEL = {"critical": Word.BROKEN, "warning": Word.WARNING}
WIDTH = 7  # of a Latin letter, about; a Chinese one has twice that


@login_not_required
@require_safe
def badge(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    found = public.opened(token, PublicToken.Kind.BADGE, at)
    if found is None or request.GET:
        raise Http404
    row, viewer = found
    label, word = _said(row, viewer, at)
    response = HttpResponse(drawn(label, word), content_type="image/svg+xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _said(token: PublicToken, viewer: Viewer, at: datetime) -> tuple[str, Word]:
    if token.recipe is not None:
        return _of_recipe(token.recipe, viewer)
    pins = Pin.objects.visible_to(viewer).with_target()
    if token.pin is not None:
        pins = pins.filter(pk=token.pin.pk)
    else:
        pins = pins.filter(sources__text=token.source)
    chosen = list(pins)
    findings = evaluate(chosen, now=at).values()
    words = [
        Word.UNKNOWN if finding.state is State.UNKNOWN else _of_level(finding.level)
        for finding in findings
    ]
    label = token.pin.name if token.pin is not None else token.source
    return label, gravest(words)


def _of_recipe(recipe: Recipe, viewer: Viewer) -> tuple[str, Word]:
    if not Recipe.objects.visible_to(viewer).filter(pk=recipe.pk).exists():
        return recipe.label, Word.UNKNOWN
    finding = evaluate_recipes([recipe])[recipe.pk]
    is_unknown = finding.state is RecipeState.UNKNOWN
    word = Word.UNKNOWN if is_unknown else _of_level(finding.level)
    return recipe.label, word


def gravest(words: list[Word]) -> Word:
    """Without any pin the state is unknown, too."""
    ordered = list(Word)
    return min(words, key=ordered.index, default=Word.UNKNOWN)


def _of_level(level: str | None) -> Word:
    return BY_LEVEL.get(level or "", Word.OK)


def drawn(label: str, word: Word) -> str:
    """Return the SVG, without style: its colours are attributes."""
    left = _width(label)
    right = _width(word)
    whole = left + right
    says = f"{label}: {word}"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" \
aria-label={quoteattr(says)}>
<title>{escape(says)}</title>
<rect width="{left}" height="20" fill="#333a45"/>
<rect x="{left}" width="{right}" height="20" fill="{COLOURS[word]}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2:g}" y="14">{escape(label)}</text>
<text x="{left + right / 2:g}" y="14">{word}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    return sum(WIDTH * 2 if ord(letter) > 0x2E7F else WIDTH for letter in text) + 12
