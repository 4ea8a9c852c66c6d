"""What the documents say, held against the tree and the program: links lead somewhere, commands, flags and keys exist,
configurations are accepted, and every error message has its cure."""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

from harness import BINARY, ROOT, TOKEN, run_cli

sys.path.insert(0, str(ROOT / "scripts"))
import error_messages  # noqa: E402

# Names with a dot that look like keys: a field of events, files of the spool.
NO_KEYS = {"client.ipChain", "spool.key.new", "spool.key.tmp"}
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


def found_in_tree(name):
    if braces := re.search(r"\{([^}]*)\}", name):
        return all(found_in_tree(name.replace(braces.group(0), one)) for one in braces.group(1).split(","))
    tries = [name, name + ".*", name + "*"] if not name.endswith("*") else [name]
    folders = ["", "tests/"] if name.startswith(("flow/", "unit/", "page/")) else [""]
    return any(next(ROOT.glob(folder + one), None) for folder in folders for one in tries)


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

    def test_files_that_are_named_are_there(self):
        """`src/okta/delivery` without an ending, `src/spool/format.{h,cpp}`, `flow/test_tls` and `unit/net/tls_test` as the
        tables of promises write them."""
        gone, seen = [], 0
        for document in documents():
            if document.name == "CHANGELOG.md":
                continue
            for span in re.findall(r"`([^`\n]+)`", document.read_text()):
                named = re.match(r"((?:src|tests|deploy|docs|scripts|benchmarks|web|flow|unit|page)/[\w./*{},-]*\w[}*]?)(?: |$)", span)
                if not named or span.startswith(("docs/user-guide/", "docs/resources/")):  # of Logz.io's documents
                    continue
                seen += 1
                if not found_in_tree(named.group(1)):
                    gone.append(f"{document.relative_to(ROOT)}: {span}")
        self.assertGreater(seen, 60, "names were found at all")
        self.assertEqual(gone, [])

    def test_suites_that_are_named_are_there(self):
        """`unit_spool Keys.*` and `tests/flow/test_admin.py Gaps.*`."""
        gone, seen = [], 0
        for document in documents():
            for room, suite in re.findall(r"`unit_(\w+) (\w+)\.\*`", document.read_text()):
                seen += 1
                places = [ROOT / "tests" / "unit" / room, ROOT / "tests" / room]
                if not any(re.search(rf"TEST(?:_F|_P)?\({suite},", path.read_text()) for place in places for path in place.glob("*.cpp")):
                    gone.append(f"{document.relative_to(ROOT)}: unit_{room} {suite}")
            for name, suite in re.findall(r"`tests/flow/(test_\w+)\.py (\w+)\.\*`", document.read_text()):
                seen += 1
                if f"class {suite}(" not in (ROOT / "tests" / "flow" / f"{name}.py").read_text():
                    gone.append(f"{document.relative_to(ROOT)}: {name} {suite}")
        self.assertGreater(seen, 5, "suites were found at all")
        self.assertEqual(gone, [])

    def test_every_page_of_docs_is_in_the_readme(self):
        linked = set(LINK.findall((ROOT / "README.md").read_text()))
        pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
        self.assertEqual(pages - linked, set())


class Blocks(unittest.TestCase):
    """What is printed to be copied is at least well-formed."""

    def blocks(self, language):
        for document in documents():
            for block in re.findall(rf"^ *```{language}\n(.*?)^ *```$", document.read_text(), re.DOTALL | re.MULTILINE):
                yield document.relative_to(ROOT), block

    def test_shell(self):
        seen = 0
        for document, block in self.blocks("sh"):
            seen += 1
            with self.subTest(document=str(document), block=block):
                done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertGreater(seen, 10, "blocks were found at all")

    def test_toml_and_json(self):
        seen = 0
        for language, read in (("toml", tomllib.loads), ("json", json.loads)):
            for document, block in self.blocks(language):
                seen += 1
                with self.subTest(document=str(document), block=block):
                    read(block)
        self.assertGreater(seen, 4, "blocks were found at all")


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


def help_of(*words):
    return run_cli([str(BINARY), *words, "--help"]).out


def commands(*words):
    """{("dead", "list"): its --help} of every command, those with subcommands included."""
    text = help_of(*words)
    found = {words: text}
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
    for name in re.findall(r"^  ([a-z][a-z-]*) ", listed.group(1), re.MULTILINE) if listed else ():
        found.update(commands(*words, name))
    return found


def told_commands(text):
    """Each `hookline …` that stands as code: between backticks, or at the beginning of a line of a block."""
    text = text.replace("\\\n", " ")
    lines = [line.strip() for block in re.findall(r"^```(?:sh)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
             for line in block.splitlines()]
    lines += [line.strip() for line in re.findall(r"^    \S.*$", text, re.MULTILINE)]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))
    for line in lines:
        if told := re.match(r"(?:sudo )?(?:build/release/)?hookline ((?:[a-z-]).*)", line):
            yield re.split(r"\s{3,}| [#>&|]", told.group(1))[0].split()


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = commands()
        assert ("dead", "list") in cls.commands and ("sim", "okta") in cls.commands, sorted(cls.commands)

    def complaints(self, words):
        """Why this command would not be understood; `a|b` stands for either."""
        known = ()
        while words and re.fullmatch(r"[a-z|-]+", words[0]) and not words[0].startswith("-"):
            steps = [(*known, word) for word in words[0].split("|")]
            if unknown := [step for step in steps if step not in self.commands]:
                taken = re.search(r"^Positionals:", self.commands[known], re.MULTILINE)
                return [] if taken else [f"no command {' '.join(unknown[0])}"]
            known, words = steps[0], words[1:]
        flags = [word.strip("[],.;") for word in words if word.startswith(("--", "[--"))]
        text = self.commands[known]
        return [f"no flag {flag} of {' '.join(known)}" for flag in flags
                if not re.search(re.escape(flag.split("=")[0]) + r"\b", text)]

    def test_every_command_of_a_document_is_one_of_the_program_with_its_flags(self):
        seen, wrong = 0, []
        for document in documents():
            if document.name == "CHANGELOG.md" or "decisions" in document.parts:
                continue
            for words in told_commands(document.read_text()):
                seen += 1
                wrong += [f"{document.relative_to(ROOT)}: hookline {' '.join(words)}: {why}" for why in self.complaints(words)]
        self.assertGreater(seen, 60, "commands were found at all")
        self.assertEqual(wrong, [])

    def test_what_would_be_complained_of(self):
        self.assertEqual(self.complaints("dead list --tenant acme".split()), [])
        for wrong in ("dead lost", "frobnicate", "status --jsn", "spool verify --tenant acme"):
            self.assertTrue(self.complaints(wrong.split()), wrong)

    def test_every_key_of_a_document_is_one_of_the_configuration(self):
        names = {rule["name"].replace("*", "NAME").replace("<NAME>", "NAME")
                 for rule in json.loads(run_cli([str(BINARY), "check", "--keys", "--json"]).out)}
        self.assertIn("tenants.NAME.token_file", names)
        sections = {name.split(".")[0] for name in names}
        seen, wrong = 0, []
        for document in documents():
            if document.name == "CHANGELOG.md":
                continue
            for key in re.findall(r"`((?:%s)\.[a-z_.A-Z-]+)(?: = [^`]*)?`" % "|".join(sections), document.read_text()):
                seen += 1
                general = re.sub(r"^(tenants|hooks|regions)\.[^.]+", r"\1.NAME", key)
                if key not in NO_KEYS and general not in names and not any(name.startswith(general + ".") for name in names):
                    wrong.append(f"{document.relative_to(ROOT)}: {key}")
        self.assertGreater(seen, 60, "keys were found at all")
        self.assertEqual(wrong, [])


class Configurations(unittest.TestCase):
    """The TOML of the guides, each block a whole configuration, with the files that it names put beside it."""

    def check(self, text):
        with tempfile.TemporaryDirectory(prefix="hookline-flow-") as folder:
            place = Path(folder)
            from test_tls import make_certificate
            certificate, key = make_certificate(place, names="DNS:hooks.example.com")
            for path in set(re.findall(r'"(/[^"\s]+)"', text)):
                here = place / path.strip("/").replace("/", "_")
                content = {"fullchain.pem": certificate.read_text(), "privkey.pem": key.read_text(), "spool.key": "ab" * 32 + "\n"}
                default = TOKEN if path.endswith(("token", "tokens")) else "a-secret-of-more-than-sixteen-letters"
                if "." in here.name or path.endswith("tokens"):
                    here.write_text(content.get(Path(path).name, default + "\n"))
                    here.chmod(0o600)
                text = text.replace(f'"{path}"', f'"{here}"')
            (place / "hookline.toml").write_text(text)
            # Spool and port are judged as they are; a certificate of its own is no public one, which is another matter.
            return run_cli([str(BINARY), "check", "--config", str(place / "hookline.toml"), "--json"], check=False)

    def test_each_is_accepted_as_it_is_printed(self):
        seen = 0
        for name in ("README.md", "docs/configuration.md", "docs/operations.md", "docs/install.md"):
            path = ROOT / name
            for block in re.findall(r"^```toml\n(.*?)^```$", path.read_text() if path.exists() else "", re.DOTALL | re.MULTILINE):
                if "[receive]" not in block:
                    continue
                seen += 1
                with self.subTest(document=name, block=block):
                    done = self.check(block)
                    problems = [one for one in done.json["findings"] if one.get("subject", "") == "configuration"]
                    self.assertNotEqual(done.status, 78, problems)
        self.assertGreaterEqual(seen, 3, "configurations were found at all")

    def test_a_wrong_one_is_not(self):
        self.assertEqual(self.check('[receive]\nlisten = ["127.0.0.1:0"]\ntlss = "on"\n').status, 78)
