"""A copy of a root directory to install into: an overlay behind a mount namespace of its own, gone afterwards. With
`boot` systemd runs in it, as process 1 of process and network namespaces of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import wait_until

DEB, NEXT = os.environ.get("HOOKLINE_DEB"), os.environ.get("HOOKLINE_DEB_NEXT")
ROOT = os.environ.get("HOOKLINE_PACKAGE_ROOT", "/")
CGROUPS = Path("/sys/fs/cgroup/systemd")

MOUNTED = """
set -e
R="$2/root"
mount -t overlay overlay -o lowerdir="$1",upperdir="$2/upper",workdir="$2/work" "$R"
mount -t proc proc "$R/proc"
mount -t tmpfs -o mode=755 tmpfs "$R/run"
mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
"""
HELD = MOUNTED + """
mount --rbind /dev "$R/dev"
printf '#!/bin/sh\\nexit 101\\n' >"$R/usr/sbin/policy-rc.d"
chmod 755 "$R/usr/sbin/policy-rc.d"
echo mounted
exec sleep infinity
"""
# A machine with nothing on it but systemd itself and what it is given.
BOOTED = MOUNTED + """
mount -t sysfs -o ro sysfs "$R/sys"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
for name in null zero full random urandom tty; do touch "$R/dev/$name"; mount --bind "/dev/$name" "$R/dev/$name"; done
mkdir "$R/dev/pts" "$R/dev/shm" "$R/dev/mqueue" "$R/dev/hugepages"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
mount -t devpts devpts "$R/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$R/sys/fs/cgroup"
mkdir "$R/sys/fs/cgroup/systemd"
mount -t cgroup -o none,name=systemd cgroup "$R/sys/fs/cgroup/systemd"
rm -rf "$R"/etc/systemd/system/*.wants "$R/usr/sbin/policy-rc.d"
for unit in "$R"/lib/systemd/system/multi-user.target.wants/*; do ln -sf /dev/null "$R/etc/systemd/system/$(basename "$unit")"; done
for unit in systemd-logind systemd-udevd systemd-networkd systemd-resolved systemd-timesyncd; do
  ln -sf /dev/null "$R/etc/systemd/system/$unit.service"
done
ln -sf /lib/systemd/system/multi-user.target "$R/etc/systemd/system/default.target"
tr -d - </proc/sys/kernel/random/uuid >"$R/etc/machine-id"  # no first boot, which would enable whatever is installed
ip link set lo up
cd "$R"
# The root itself, other than with chroot: what is chrooted may make no user namespace, and PrivateUsers= is one.
pivot_root . mnt
echo mounted
# Credentials are mounted in a namespace of systemd's own and appear here because they are shared.
exec chroot . sh -c 'umount -l /mnt
mount --make-rshared /
exec env -i container=hookline-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal --show-status=0'
"""


class Machine:
    """A root directory to break."""

    def __init__(self, boot=False):
        # Not on /tmp: what lies below an overlay may not be part of it.
        self.directory = Path(tempfile.mkdtemp(prefix="hookline-machine-", dir="/dev/shm"))
        for name in ("upper", "work", "root"):
            (self.directory / name).mkdir()
        self.cgroup = CGROUPS / self.directory.name if boot else None
        words = ["unshare", "--mount", "--propagation", "private"]
        if boot:
            self.cgroup.mkdir()
            words += ["--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net", "--cgroup"]
        self.holder = subprocess.Popen([*words, "sh", "-c", BOOTED if boot else HELD, "sh", ROOT, str(self.directory)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       preexec_fn=self._enter_cgroup if boot else None)
        self.mounted = self.holder.stdout.readline() == "mounted\n"
        self.pid = self._first() if boot and self.mounted else self.holder.pid
        spaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"] if boot else ["--mount"]
        self.inside = ["nsenter", "-t", str(self.pid), *spaces]
        if not boot:
            self.inside += ["chroot", str(self.directory / "root")]
        self.as_hookline = [*self.inside, "setpriv", "--reuid=hookline", "--regid=hookline", "--init-groups",
                            "--inh-caps=-all", "--no-new-privs"]

    def _enter_cgroup(self):
        (self.cgroup / "cgroup.procs").write_text(str(os.getpid()))

    def _first(self):
        """The process 1 in there, as it is numbered out here."""
        return int(Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()[0])

    def path(self, name):
        """Of a file inside, as it is seen from outside."""
        return Path(f"/proc/{self.pid}/root{'' if self.cgroup else str(self.directory / 'root')}{name}")

    def run(self, *words, check=True):
        done = subprocess.run([*self.inside, *words], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def wait_booted(self):
        """systemd took its place, and has started what there is."""
        wait_until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"),
                   "systemd is up", 60)

    def apt(self, *words):
        return self.run("apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root", *words)

    def install(self, deb, *words):
        shutil.copy(deb, self.path("/run/hookline.deb"))
        return self.apt("install", "--no-install-recommends", *words, "/run/hookline.deb")

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()
        if self.cgroup:
            wait_until(self._leave_cgroup, "the processes in there are gone")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _leave_cgroup(self):
        for path in sorted(self.cgroup.rglob("*"), reverse=True):
            if path.is_dir():
                self._remove(path)
        return self._remove(self.cgroup)

    @staticmethod
    def _remove(path):
        try:
            path.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        return True


def can_make_machines(boot=False):
    if os.geteuid() != 0 or (boot and not CGROUPS.is_dir()):
        return False
    machine = Machine(boot)
    try:
        return machine.mounted
    finally:
        machine.close()
