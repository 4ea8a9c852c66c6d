#!/usr/bin/env python3
"""The program's error messages, read from its sources: what docs/errors.md must explain, and what it may quote.

  scripts/error_messages.py             every message: file, line and text, with … for what the program puts in
  scripts/error_messages.py --missing   those that docs/errors.md does not have

A message is the text of a call that makes or reports an error. What the program puts in between is not in the sources,
so a message is compared piece by piece: the texts between two such places, if they hold two words or more.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "errors.md"

# Calls whose texts a person reads when something is wrong. Of a line of the log only the first argument is text.
CALLS = ("failed", "Error", "ValidationError", "problem", "warning", "refused", "refuse", "not_now", "HeadRefusal", "bare_ending", "too_many_headers",
         "refusal_response", "fail", "too_many", "wrong", "hold", "probe_later", "complain", "warnings.push_back", "warnings.emplace_back")
# Where functions return such a text themselves.
RETURNING = ("net/curl_transfer.cpp", "net/acceptor.cpp", "spool/quotas.cpp", "ship/shipper_holds.cpp")
LOG_CALLS = ("log_warn", "log_error")
CALL = re.compile(r"(?<![\w])(" + "|".join(re.escape(name) for name in CALLS + LOG_CALLS) + r")\s*([({])")
HELP = re.compile(r"(?:\.|refusal\.)help = ")
RETURN = re.compile(r"\breturn (?=\")")
LITERAL = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
CHARACTER = re.compile(r"'(?:[^'\\]|\\.)'")
PLACEHOLDER = re.compile(r"(?<!\{)\{[^{}\"]*\}(?!\})")
OPEN, CLOSE = "({[", ")}]"


def without_comments(text):
    """Comments become blanks, so that line numbers stay."""
    def blank(match):
        found = match.group(0)
        return found if found[0] in "\"'R" else re.sub(r"[^\n]", " ", found)
    return re.sub(r'R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\]|\\.)\'|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def arguments(text, start):
    """From behind the opening bracket at `start` to its end: [(argument, is a literal?)], split at top-level commas."""
    depth, at, parts = 0, start, [[]]
    while at < len(text):
        if literal := LITERAL.match(text, at):
            parts[-1].append(value(literal))
            at = literal.end()
            continue
        if character := CHARACTER.match(text, at):
            at = character.end()
            parts[-1].append(None)
            continue
        if text[at] in OPEN:
            depth += 1
        elif text[at] in CLOSE:
            if depth == 0:
                break
            depth -= 1
        elif text[at] in ";" and depth == 0:
            break
        elif text[at] == "," and depth == 0:
            parts.append([])
        elif not text[at].isspace():
            parts[-1].append(None)
        at += 1
    return parts


def value(literal):
    if literal.group(3) is None:
        return literal.group(2)
    escapes = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
    return re.sub(r"\\(.)", lambda match: escapes.get(match.group(1), match.group(1)), literal.group(3))


def unformatted(text):
    return PLACEHOLDER.sub("…", text).replace("{{", "{").replace("}}", "}")


def joined(part):
    """Literals that stand side by side are one text; anything between two becomes …"""
    text = ""
    for piece in part:
        if piece is not None:
            text += unformatted(piece)
        elif not text.endswith("…"):
            text += "…"
    return re.sub(r"…+", "…", re.sub(r"\s+", " ", text)).strip()


def pieces(message):
    """What must be found in the document."""
    found = (piece.strip(" :;,.()\"'") for piece in message.replace("`", "").split("…"))
    return [piece for piece in found if re.search(r"[A-Za-z]{2,}\W*\s\W*[A-Za-z]{2,}", piece)]


def messages(folder=ROOT / "src"):
    """[(file, line, message)]"""
    found = []
    for path in sorted([*folder.rglob("*.cpp"), *folder.rglob("*.h")]):
        text = without_comments(path.read_text())
        returns = RETURN.finditer(text) if str(path).endswith(RETURNING) else ()
        for match in [*CALL.finditer(text), *HELP.finditer(text), *returns]:
            if text.startswith("metrics.counter", match.end()):
                continue  # refused(…) is also what some counters are called
            parts = arguments(text, match.end())
            if match.re is CALL and match.group(1) in LOG_CALLS:
                parts = parts[:1]
            for part in parts:
                message = joined(part)
                if pieces(message):
                    found.append((str(path.relative_to(folder.parent)), text.count("\n", 0, match.start()) + 1, message))
    return sorted(set(found))


def squeezed(text):
    return re.sub(r"\s+", " ", text.replace("`", ""))


def missing(document, found):
    """Messages of which the document lacks a piece."""
    text = squeezed(document)
    return [one for one in found if not all(piece in text for piece in pieces(one[2]))]


def quoted(document):
    """The messages that the document quotes: what is code in the first cells of its tables."""
    cells = re.findall(r"^\| (.+?) \| ", document, re.MULTILINE)
    return [span for cell in cells for _, span in re.findall(r"(`+)(.+?)\1(?!`)", cell)]


def texts(folder=ROOT / "src"):
    """Every text of the sources, in one."""
    all_of_it = []
    for path in sorted([*folder.rglob("*.cpp"), *folder.rglob("*.h")]):
        text, end = without_comments(path.read_text()), 0
        for literal in re.finditer(f"{LITERAL.pattern}|{CHARACTER.pattern}", text, re.DOTALL):
            if literal.group(0).startswith("'"):
                continue
            if text[end:literal.start()].strip():
                all_of_it.append("…")
            all_of_it.append(unformatted(value(literal)))
            end = literal.end()
    return squeezed("".join(all_of_it))


def not_of_the_program(document, known):
    """Quoted messages with a piece that is in none of the sources' texts."""
    return [line for line in quoted(document) if not all(piece in known for piece in pieces(PLACEHOLDER.sub("…", line)))]


def main():
    found = messages()
    if sys.argv[1:] == ["--missing"]:
        found = missing(DOCUMENT.read_text() if DOCUMENT.exists() else "", found)
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    return 1 if sys.argv[1:] == ["--missing"] and found else 0


if __name__ == "__main__":
    sys.exit(main())
