"""translations/*.json: every language says what English says, in words of its own."""

import json
import re

import pytest

from .repository import INTEGRATION, each, read_json, texts

pytestmark = pytest.mark.once

FOLDER = INTEGRATION / "translations"
LANGUAGES = {"cs", "da", "de", "en", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv"}
ENGLISH = dict(texts(read_json(FOLDER / "en.json")))
BOX = ("config", "step", "user", "data", "use_enlighten")
"""Where the label of the box stands that other texts ask to tick."""
PLACEHOLDER = re.compile(r"\{\w+\}")
LINK = re.compile(r"\[[^\]]+\]\(\{\w+\}\)")
SENTENCE = 20
"""A text longer than this is the same in two languages only if nobody translated it."""
LEAST_SHARE = 0.8

each_language = each(FOLDER.glob("*.json"))
each_translation = each(path for path in FOLDER.glob("*.json") if path.stem != "en")


def texts_of(path):
    """Return the texts of a language by the keys that lead to them."""
    return dict(texts(read_json(path)))


def test_every_language_is_there():
    assert {path.stem for path in FOLDER.glob("*.json")} >= LANGUAGES


@each_translation
def test_language_has_the_texts_of_english_in_their_order(path):
    assert list(texts_of(path)) == list(ENGLISH)


@each_translation
def test_placeholders_are_those_of_english(path):
    wrong = {
        where: text
        for where, text in texts_of(path).items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(ENGLISH.get(where, "")))
    }

    assert wrong == {}


@each_translation
def test_links_are_as_many_as_in_english(path):
    wrong = {
        where: text
        for where, text in texts_of(path).items()
        if len(LINK.findall(text)) != len(LINK.findall(ENGLISH.get(where, "")))
    }

    assert wrong == {}


@each_translation
def test_paragraphs_are_as_many_as_in_english(path):
    wrong = {
        where: text
        for where, text in texts_of(path).items()
        if text.count("\n") != ENGLISH.get(where, "").count("\n")
    }

    assert wrong == {}


@each_translation
def test_nearly_every_sentence_is_translated(path):
    sentences = {where: text for where, text in texts_of(path).items() if len(text) > SENTENCE}
    translated = [where for where, text in sentences.items() if text != ENGLISH.get(where)]

    assert len(translated) >= LEAST_SHARE * len(sentences)


@each_language
def test_label_of_the_box_names_enlighten(path):
    assert "Enlighten" in texts_of(path)[BOX]


@each_language
def test_texts_call_the_box_by_its_label(path):
    ours = texts_of(path)
    asking = {where for where, text in ENGLISH.items() if ENGLISH[BOX] in text}

    assert [where for where in sorted(asking) if ours[BOX] not in ours.get(where, "")] == []


@each_language
def test_what_has_two_names_in_english_has_two_names(path):
    for platform, entities in read_json(path)["entity"].items():
        english: dict[str | None, set[str]] = {}
        for key, entity in entities.items():
            name = ENGLISH.get(("entity", platform, key, "name"), "")
            english.setdefault(entity.get("name"), set()).add(name)
        assert {name: them for name, them in english.items() if len(them) > 1} == {}


@each_language
def test_file_is_laid_out_as_all_others(path):
    laid_out = json.dumps(read_json(path), ensure_ascii=False, indent=2) + "\n"

    assert path.read_text(encoding="utf-8") == laid_out
