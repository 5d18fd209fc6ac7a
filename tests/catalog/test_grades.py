"""Grades: each has a sign, a colour and a word, and never relies on colour alone."""

from django.utils import translation

from xdportal.catalog.grades import LOOKS, Grade
from xdportal.catalog.templatetags.grades import grade_count, grade_sign, grade_tag


def test_every_grade_has_a_look_of_its_own() -> None:
    seen = {(look.mark, look.css, str(look.label)) for look in LOOKS.values()}

    assert set(LOOKS) == set(Grade)
    assert len(seen) == len(Grade)


def test_a_sign_is_read_aloud_by_its_word() -> None:
    assert grade_sign("withdrawn") == (
        '<span class="sign del"><span class="sr">Withdrawn</span><span '
        'aria-hidden="true">−</span></span>'
    )
    assert 'class="sign crit"' in grade_sign("withdrawn", strong=True)


def test_a_tag_says_the_word_or_another_text() -> None:
    assert grade_tag("fine") == '<span class="tag "><span aria-hidden="true">=</span> Fine</span>'
    assert grade_tag("up", "+13.6 %") == (
        '<span class="tag chg"><span aria-hidden="true">↑</span> +13.6 %</span>'
    )
    assert grade_count("added", 3) == (
        '<span class="tag add"><span aria-hidden="true">+</span> 3<span class="sr"> '
        "Added</span></span>"
    )


def test_the_words_are_chinese_on_chinese_pages() -> None:
    with translation.override("zh-hans"):
        words = {grade: str(look.label) for grade, look in LOOKS.items()}

    assert words[Grade.SYSTEM] == "换了系统"
    assert [word for word in words.values() if word.isascii()] == []
