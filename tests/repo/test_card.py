"""The card's own words, and that it needs nothing from elsewhere."""

import json
import re

import pytest

from .repository import INTEGRATION, each, read_json

FRONTEND = INTEGRATION / "frontend"
WORDS = FRONTEND / "translations"
MODULES = sorted(FRONTEND.glob("*.js"))
ENGLISH = read_json(WORDS / "en.json")
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)

PLACEHOLDER = re.compile(r"\{\w+\}")
MARKUP = re.compile(r"</?[a-z][^>]*>|\w+://", re.IGNORECASE)
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""")
# Names of words, alone or after the part of a name that is filled in.
NAMED = re.compile(r"""["'`](\w+?)(?:\$\{\w+\})?["'`]""")
FILLED_IN = re.compile(r"`(\w+_)\$\{")
SENTENCE = 25
"""A text longer than this is the same in two languages only if nobody translated it."""

each_language = each(WORDS.glob("*.json"))
each_translation = each(path for path in WORDS.glob("*.json") if path.stem != "en")
each_module = each(MODULES)


def test_card_has_the_languages_of_the_integration():
    integration = {path.name for path in (INTEGRATION / "translations").glob("*.json")}

    assert {path.name for path in WORDS.glob("*.json")} == integration


def test_card_asks_for_the_languages_that_there_are():
    listed = re.search(r"LANGUAGES = (\[[^\]]+\])", SOURCE)

    assert listed
    assert json.loads(listed.group(1)) == sorted(path.stem for path in WORDS.glob("*.json"))


@each_translation
def test_language_has_the_texts_of_english_in_their_order(path):
    assert list(read_json(path)) == list(ENGLISH)


@each_translation
def test_placeholders_are_those_of_english(path):
    words = read_json(path)

    assert {
        key
        for key, text in words.items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(ENGLISH[key]))
    } == set()


@each_translation
def test_every_sentence_is_translated(path):
    words = read_json(path)

    assert [
        key for key, text in words.items() if len(text) > SENTENCE and text == ENGLISH[key]
    ] == []


@each_language
def test_words_are_plain_text(path):
    words = read_json(path)

    assert [key for key, text in words.items() if MARKUP.search(text) or text != text.strip()] == []
    assert all(words.values())


@each_language
def test_file_is_laid_out_as_all_others(path):
    laid_out = json.dumps(read_json(path), ensure_ascii=False, indent=2) + "\n"

    assert path.read_text(encoding="utf-8") == laid_out


def test_every_text_is_used():
    used = set(NAMED.findall(SOURCE))
    parts = tuple(FILLED_IN.findall(SOURCE))

    assert [key for key in ENGLISH if key not in used and not key.startswith(parts)] == []


@pytest.mark.parametrize("call", [r'\bsay\("(\w+)"', r'\bsaid\("(\w+)"', r'\bfact\("(\w+)"'])
def test_every_text_that_is_asked_for_is_there(call):
    asked = set(re.findall(call, SOURCE))

    assert asked
    assert asked <= ENGLISH.keys()


@each_module
def test_module_imports_only_what_lies_beside_it(path):
    imported = IMPORT.findall(path.read_text(encoding="utf-8"))

    assert all(name.startswith("./") and (FRONTEND / name).is_file() for name in imported)


@each_module
def test_module_loads_nothing_from_elsewhere(path):
    addresses = re.findall(r"https?://[^\"'`\s]+", path.read_text(encoding="utf-8"))
    named = {"http://www.w3.org/2000/svg"}  # a name of a language, which nobody fetches
    documentation = read_json(INTEGRATION / "manifest.json")["documentation"]

    assert {address for address in addresses if not address.startswith(documentation)} <= named


@each_module
def test_module_writes_no_markup(path):
    """Names come from users; set as text they can do no harm."""
    source = path.read_text(encoding="utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", source)


@each_module
def test_lines_are_not_longer_than_a_screen(path):
    longest = 150 if path.name == "styles.js" else 120  # a rule of CSS may stand on one line
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if len(line) > longest] == []
