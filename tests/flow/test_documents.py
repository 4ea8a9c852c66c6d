"""What the documents say, held against the tree: links lead somewhere, and every error message has its cure."""

import re
import subprocess
import sys
import unittest

from harness import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import error_messages  # noqa: E402

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


def documents():
    """Every Markdown file of the tree that is under version control, or all that lie there when git is not at hand."""
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                          capture_output=True, text=True)
    names = done.stdout.split("\n") if done.returncode == 0 else []
    found = [ROOT / name for name in names if name] or \
        [path for path in ROOT.rglob("*.md") if not {"build", "node_modules"} & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if path.exists())


def without_code(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+).+?\1", "", text)


def anchors(text):
    """What GitHub makes of the headings: small letters, blanks to dashes, punctuation gone, a repeat is numbered."""
    made = []
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip()).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = sum(1 for one in made if one == anchor or re.fullmatch(re.escape(anchor) + r"-\d+", one))
        made.append(f"{anchor}-{count}" if count else anchor)
    return made


class Links(unittest.TestCase):
    def test_relative_links_lead_to_a_file_and_to_a_heading_in_it(self):
        dead, seen = [], 0
        for document in documents():
            for target in LINK.findall(without_code(document.read_text())):
                if re.match(r"[a-z]+:", target):
                    continue
                seen += 1
                name, _, anchor = target.partition("#")
                path = (document.parent / name).resolve() if name else document
                if not path.exists():
                    dead.append(f"{document.relative_to(ROOT)}: {target}: there is no such file")
                elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
                    dead.append(f"{document.relative_to(ROOT)}: {target}: there is no such heading")
        self.assertGreater(seen, 50, "links were found at all")
        self.assertEqual(dead, [])

    def test_every_page_of_docs_is_in_the_readme(self):
        linked = set(LINK.findall((ROOT / "README.md").read_text()))
        pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
        self.assertEqual(pages - linked, set())


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = error_messages.DOCUMENT.read_text()
        cls.messages = error_messages.messages()

    def test_every_error_message_of_the_sources_has_its_cure(self):
        self.assertGreater(len(self.messages), 400, "messages were found at all")
        lacking = error_messages.missing(self.document, self.messages)
        self.assertEqual([], [f"{path}:{line}: {message}" for path, line, message in lacking],
                         "docs/errors.md: add what it means and what to do")

    def test_every_message_of_the_page_is_one_of_the_program(self):
        self.assertGreater(len(error_messages.quoted(self.document)), 300)
        self.assertEqual([], error_messages.not_of_the_program(self.document, error_messages.texts()),
                         "docs/errors.md quotes what no source says")

    def test_the_reader_of_the_sources_sees_what_is_there(self):
        for source, message in (
                ('failed("open " + path + ": it is gone")', "open …: it is gone"),
                ('failed(fmt::format(R"("{}" is no size; write {{one}})", text))', '…"…" is no size; write {one}…'),
                ('log_warn("the disk "\n  "is full", {{"reason why", 1}})', "the disk is full"),
                ('draft.problem(place, key, "is no good name")', "is no good name"),
                ("failed('\"', \"a quote is open\")", "a quote is open")):
            with self.subTest(source):
                match = error_messages.CALL.search(source)
                found = [error_messages.joined(part) for part in error_messages.arguments(source, match.end())]
                self.assertIn(message, found)
        self.assertNotIn("is gone", error_messages.without_comments('// failed("it is gone")'))
        unknown = [("a.cpp", 1, "a message that … no page explains")]
        self.assertEqual(error_messages.missing(self.document, unknown), unknown)
