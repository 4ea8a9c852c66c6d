"""The systemd units: systemd understands them, and they leave hookline as little as docs/install.md says."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import BINARY, ROOT

UNITS = ROOT / "deploy" / "systemd"


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SYSTEMD_COLORS": "0"})


@unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here (package systemd)")
class Units(unittest.TestCase):
    def test_are_understood_whole(self):
        with tempfile.TemporaryDirectory() as directory:
            for unit in UNITS.iterdir():
                text = unit.read_text().replace("/usr/bin/hookline", str(BINARY))  # it must be there to be verified
                # The manual and this guide are not installed here.
                (Path(directory) / unit.name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
            told = analyze("verify", *(str(Path(directory) / unit.name) for unit in UNITS.iterdir()))
        ours = [line for line in told.stderr.splitlines() if "hookline" in line]
        self.assertEqual((told.returncode, ours), (0, []), told.stderr)

    def test_the_exposure_is_what_the_guide_states(self):
        told = analyze("security", "--offline=true", "--no-pager", str(UNITS / "hookline.service"))
        found = re.search(r"exposure level for hookline.service: ([\d.]+)", told.stdout)
        self.assertTrue(found, told.stdout + told.stderr)
        stated = re.search(r"exposure of ([\d.]+)", (ROOT / "docs" / "install.md").read_text())
        self.assertTrue(stated, "docs/install.md states the score")
        # Later versions look at more; a higher score than stated is a weaker unit.
        self.assertLessEqual(float(found.group(1)), float(stated.group(1)), told.stdout)
