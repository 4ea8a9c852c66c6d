"""What is deployed elsewhere: its parts agree with each other and with the program."""

import re
import unittest

from harness import BINARY, ROOT, run_cli

DEPLOY = ROOT / "deploy"


def text(*names):
    return DEPLOY.joinpath(*names).read_text()


class Manifests(unittest.TestCase):
    def test_image_and_pod_are_the_same_user(self):
        user = re.search(r"^USER (\d+):(\d+)$", text("container", "Dockerfile"), re.M).groups()
        pod = text("kubernetes", "statefulset.yaml")
        self.assertEqual(user, (re.search(r"runAsUser: (\d+)", pod).group(1), re.search(r"runAsGroup: (\d+)", pod).group(1)))
        self.assertEqual(user[1], re.search(r"fsGroup: (\d+)", pod).group(1), "or it could not write its volume")

    def test_there_is_one_instance_a_spool(self):
        self.assertIn("replicas: 1\n", text("kubernetes", "statefulset.yaml"))
        self.assertIn("ReadWriteOncePod", text("kubernetes", "statefulset.yaml"))

    def test_every_manifest_is_part_of_the_base_but_for_the_example_of_a_secret(self):
        listed = set(re.findall(r"- ([\w.]+\.yaml)$", text("kubernetes", "kustomization.yaml"), re.M))
        there = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
        self.assertEqual(listed, there - {"kustomization.yaml", "secret.example.yaml"})

    def test_the_image_is_built_from_what_it_needs(self):
        """What .dockerignore leaves in are all of the files that CMake and the scripts read."""
        kept = set(re.findall(r"^!([\w.]+)$", (ROOT / ".dockerignore").read_text(), re.M))
        self.assertIn("*", (ROOT / ".dockerignore").read_text().splitlines())
        for name in kept:
            self.assertTrue((ROOT / name).exists(), name)
        self.assertLessEqual({"CMakeLists.txt", "CMakePresets.json", "CHANGELOG.md", "cmake", "deploy", "docs", "run",
                              "scripts", "src", "web"}, kept)
        self.assertFalse(kept & {"build", ".git"})

    def test_the_commands_in_them_are_commands_of_the_program(self):
        for where in (("container", "Dockerfile"), ("kubernetes", "statefulset.yaml")):
            self.assertIn("--ready", text(*where))
        self.assertIn("--ready", run_cli([str(BINARY), "status", "--help"]).out)

    def test_the_configurations_are_right_once_their_secrets_are_there(self):
        import tempfile
        from pathlib import Path
        secrets = {"tenants.acme.token": "abcdefghijklmnopqrstuvwxyzABCDEF\n", "hooks.acme.secret": "0123456789abcdef01\n",
                   "spool.key": "5e" * 32 + "\n"}
        for source in (("kubernetes", "hookline.toml"), ("debian", "hookline.toml")):
            with tempfile.TemporaryDirectory() as directory:
                home = Path(directory)
                # The examples of the package's file stand behind a #.
                config = re.sub(r"^#(\[|region)", r"\1", text(*source), flags=re.M)
                (home / "hookline.toml").write_text(config)
                (home / "credentials").mkdir()
                for name, secret in secrets.items():
                    (home / "credentials" / name).write_text(secret)
                    (home / "credentials" / name).chmod(0o600)
                told = run_cli([str(BINARY), "check", "--config", str(home / "hookline.toml"), "--json"], check=False,
                               environment={"CREDENTIALS_DIRECTORY": str(home / "credentials"),
                                            "HOOKLINE_RECEIVE_TLS": "off", "HOOKLINE_RECEIVE_LISTEN": "127.0.0.1:8443",
                                            "HOOKLINE_SPOOL_DIRECTORY": str(home / "spool")})
                self.assertEqual(told.status, 0, f"{source}: {told.out}{told.err}")
