"""The proxies of deploy/proxy as processes: each runs its own file from there, with names, ports and paths of a test.

A program is taken from PATH, or from build/proxies, where scripts/prepare.sh puts what is not installed without starting
any service. A port is bound here first and kept, so that nobody else is given it before the proxy listens.
"""

import os
import shutil
import socket
import subprocess

from harness import ROOT, wait_until

FETCHED = ROOT / "build" / "proxies"
FILES = ROOT / "deploy" / "proxy"


def program(name):
    """Its path, or None."""
    places = [*os.environ.get("PATH", "").split(":"), "/usr/sbin", str(FETCHED / "usr/sbin"), str(FETCHED / "usr/bin")]
    return shutil.which(name, path=":".join(places))


def held_port():
    """(socket, port): bound, not listening; who sets SO_REUSEADDR, as servers do, can listen there all the same."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]


def replaced(text, changes):
    """Each word that is to be changed must be there: a file that no longer says it would be tested as something else."""
    for old, new in changes.items():
        assert old in text, f"the configuration does not say {old!r}"
        text = text.replace(old, str(new))
    return text


class Proxy:
    """`directory` holds cert.pem and key.pem. `relay_port` is where it passes on to."""

    binary = file = ""
    ends_tls = True

    def __init__(self, directory, relay_port):
        self.directory = directory
        self.held, self.port = held_port()
        text = self.configured((FILES / self.file).read_text(), relay_port)
        self.config = directory / self.file
        self.config.write_text(text)
        self.log_path = directory / "proxy.log"
        libraries = ":".join(str(path) for path in (FETCHED / "usr/lib").glob("*-linux-gnu"))
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(directory), "XDG_DATA_HOME": str(directory),
                       "XDG_CONFIG_HOME": str(directory), "LD_LIBRARY_PATH": libraries}
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment, cwd=directory)
        try:
            wait_until(self.listens, f"{self.binary} listens")
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.log()}") from None

    def configured(self, text, relay_port):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def listens(self):
        assert self.process.poll() is None, f"{self.binary} ended with {self.process.returncode}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self):
        return self.log_path.read_text(errors="replace")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.held.close()


class Nginx(Proxy):
    binary, file = "nginx", "nginx.conf"

    def configured(self, text, relay_port):
        text = replaced(text, {
            "127.0.0.1:8080": f"127.0.0.1:{relay_port}", "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/letsencrypt/live/hooks.example.com/fullchain.pem": self.directory / "cert.pem",
            "/etc/letsencrypt/live/hooks.example.com/privkey.pem": self.directory / "key.pem"})
        places = "".join(f"{kind}_temp_path {self.directory}/{kind};\n"
                         for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;\n" if os.geteuid() == 0 else ""  # whoever runs the test owns the directory
        return (f"daemon off;\n{user}worker_processes 1;\npid {self.directory}/pid;\nerror_log stderr;\n"
                f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{places}{text}\n}}\n")

    def command(self):
        return [program("nginx"), "-p", str(self.directory), "-e", "stderr", "-c", str(self.config)]


class Haproxy(Proxy):
    binary, file = "haproxy", "haproxy.cfg"

    def configured(self, text, relay_port):
        pair = self.directory / "pair.pem"
        pair.write_text((self.directory / "cert.pem").read_text() + (self.directory / "key.pem").read_text())
        return replaced(text, {"127.0.0.1:8080": f"127.0.0.1:{relay_port}", "bind :443": f"bind 127.0.0.1:{self.port}",
                               "/etc/haproxy/hooks.example.com.pem": pair, "maxconn 20000": "maxconn 200"})

    def command(self):
        return [program("haproxy"), "-db", "-f", str(self.config)]


class HaproxyPassthrough(Haproxy):
    file = "haproxy-passthrough.cfg"
    ends_tls = False

    def configured(self, text, relay_port):
        return replaced(text, {"127.0.0.1:8443": f"127.0.0.1:{relay_port}", "bind :443": f"bind 127.0.0.1:{self.port}",
                               "maxconn 20000": "maxconn 200"})


class Caddy(Proxy):
    binary, file = "caddy", "Caddyfile"

    def configured(self, text, relay_port):
        pair = f"tls {self.directory}/cert.pem {self.directory}/key.pem"
        text = replaced(text, {
            "127.0.0.1:8080": f"127.0.0.1:{relay_port}",
            "hooks.example.com {": f"https://localhost:{self.port} {{\n\tbind 127.0.0.1\n\t{pair}"})
        # No listener for its own admin API or for redirects from port 80; the certificate is given.
        options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n"
        return options + text

    def command(self):
        return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(self.config)]


class Apache(Proxy):
    binary, file = "apache2", "apache.conf"
    modules = ("mpm_event", "authz_core", "ssl", "socache_shmcb", "headers", "proxy", "proxy_http")

    def configured(self, text, relay_port):
        text = replaced(text, {
            "127.0.0.1:8080": f"127.0.0.1:{relay_port}", "*:443": f"127.0.0.1:{self.port}",
            "/etc/letsencrypt/live/hooks.example.com/fullchain.pem": self.directory / "cert.pem",
            "/etc/letsencrypt/live/hooks.example.com/privkey.pem": self.directory / "key.pem"})
        folder = next(path for path in (FETCHED / "usr/lib/apache2/modules", "/usr/lib/apache2/modules") if os.path.isdir(path))
        loads = "".join(f"LoadModule {name}_module {folder}/mod_{name}.so\n" for name in self.modules)
        user = "" if os.geteuid() else "User #65534\nGroup #65534\n"
        return (f"ServerRoot {self.directory}\nServerName localhost\nPidFile {self.directory}/pid\nErrorLog /dev/stderr\n"
                f"DefaultRuntimeDir {self.directory}\nMutex pthread\nListen 127.0.0.1:{self.port}\n{loads}{user}{text}")

    def command(self):
        return [program("apache2"), "-X", "-f", str(self.config)]


ALL = (Nginx, Haproxy, HaproxyPassthrough, Caddy, Apache)
