"""What agent code may try, and which tiers promise that it is blocked. Each attack is tried for real in each tier.

An attack is a Python program that runs in a sandbox and prints REACHED when it got what it wanted; `h` is what the host set out
for it (see `Host` in test_table.py). Some are decided from outside instead: see `judged` there.
"""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACES = ("bwrap", "bwrap-noproc")
CONFINED = (*NAMESPACES, "uid+landlock", "landlock")
ALL = (*CONFINED, "none")

PREAMBLE = """
import ctypes, glob, json, os, socket, subprocess, sys, time
h = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    return libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
def number(x86, arm):
    return x86 if os.uname().machine == "x86_64" else arm
def reached(found=True):
    if found:
        print("REACHED", found, flush=True)
def connects(family, address, kind=socket.SOCK_STREAM):
    try:
        with socket.socket(family, kind) as s:
            s.settimeout(2)
            s.connect(address)
            s.send(b"x")
            return True
    except OSError:
        return False
def reads(path):
    try:
        with open(path, "rb") as file:
            return file.read(100)
    except OSError:
        return None
def writes(path):
    try:
        with open(path, "ab") as file:
            return True
    except OSError:
        return False
"""


@dataclass(frozen=True)
class Attack:
    name: str
    blocked: tuple[str, ...]
    code: str


ATTACKS = [
    Attack("read a file of the host", CONFINED, "reached(reads(h['secret']))"),
    Attack("write outside the workspace", CONFINED, "reached(writes(h['folder'] + '/new'))"),
    Attack("change the task environment", CONFINED, "reached(writes(json.__file__))"),
    Attack("read another trial's workspace", CONFINED, "reached(reads(h['other']))"),
    Attack(
        "read the environment of a host's process",
        CONFINED,
        "reached([p for p in glob.glob('/proc/[0-9]*/environ') if h['word'].encode() in (reads(p) or b'')])",
    ),
    Attack(
        "see the command lines of a host's processes",
        NAMESPACES,
        "reached([p for p in glob.glob('/proc/[0-9]*/cmdline') if h['word'].encode() in (reads(p) or b'')])",
    ),
    Attack(
        "signal a host's process",
        CONFINED,
        """
try:
    os.kill(h["victim"], 18)
    reached()
except OSError:
    pass""",
    ),
    Attack(
        "signal another trial's process",
        CONFINED,
        """
try:
    os.kill(h["neighbour"], 18)
    reached()
except OSError:
    pass""",
    ),
    Attack("ptrace a host's process", CONFINED, "reached(call(number(101, 117), 0x4206, h['victim'], 0, 0) == 0)"),
    Attack(
        "a daemon that outlives the trial",
        ALL,
        """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        os.environ.clear()
        os.execl("/usr/bin/sleep", "sleep", h["daemon"])
    os._exit(0)""",
    ),
    Attack(
        "fork bomb",
        CONFINED,
        """
end = time.monotonic() + 2
while time.monotonic() < end:
    try:
        os.fork()
    except OSError:
        pass""",
    ),
    Attack("more memory than its limit", ALL, "held = bytearray(600 << 20); time.sleep(30)"),
    Attack(
        "files in memory beyond its limit",
        CONFINED,
        """
for folder in ("/dev/shm", os.environ["TMPDIR"]):
    with open(folder + "/x", "wb") as file:
        for _ in range(300):
            file.write(bytes(1 << 20))
time.sleep(30)""",
    ),
    Attack(
        "more disk than its limit",
        ALL,
        """
for i in range(12):
    with open(f"disk{i}", "wb") as file:
        for _ in range(40):
            file.write(bytes(1 << 20))
time.sleep(30)""",
    ),
    Attack("a full disk in one call", CONFINED, "reached(call(number(285, 47), os.open('f', 66), 0, 0, 1 << 33) == 0)"),
    Attack("more output than its limit", ALL, "[os.write(1, bytes(1 << 20)) for _ in range(100)]"),
    Attack("a port of the host's loopback", CONFINED, "reached(connects(socket.AF_INET, ('127.0.0.1', h['port'])))"),
    Attack(
        "Ray's ports: GCS, dashboard, raylet",
        CONFINED,
        "reached([p for p in h['ray_ports'] for a in ('127.0.0.1', h['address']) if connects(socket.AF_INET, (a, p))])",
    ),
    Attack(
        "the network of the host",
        CONFINED,
        """
reached(connects(socket.AF_INET, (h["address"], h["wide_port"])))
connects(socket.AF_INET, (h["address"], h["udp_port"]), socket.SOCK_DGRAM)
connects(socket.AF_INET, ("127.0.0.1", h["udp_port"]), socket.SOCK_DGRAM)
try:
    reached(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
except OSError:
    pass
try:
    reached(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
except OSError:
    pass""",
    ),
    Attack("a Unix socket of the host that is open to all", NAMESPACES, "reached(connects(socket.AF_UNIX, h['unix']))"),
    Attack("an abstract Unix socket of the host", CONFINED, "reached(connects(socket.AF_UNIX, '\\0' + h['word']))"),
    Attack("a file in the host's /dev/shm that is open to all", NAMESPACES, "reached(reads('/dev/shm/' + h['word']))"),
    Attack("System V shared memory of the host", CONFINED, "reached(call(number(29, 194), h['sysv'], 0, 0) >= 0)"),
    Attack(
        "devices",
        CONFINED,
        """
names = [n for n in glob.glob("/dev/*") if os.path.exists(n)] + ["/dev/mem", "/dev/kmsg", "/dev/fuse", "/dev/net/tun"]
allowed = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "stdin", "stdout", "stderr", "fd", "pts", "shm", "console")
reached([n for n in names if os.path.basename(n) not in allowed and not os.path.isdir(n) and reads(n) is not None])
try:
    os.mknod("disk", 0o60600, os.makedev(254, 0))
    reached("mknod")
except OSError:
    pass""",
    ),
    Attack(
        "a program with the setuid bit",
        CONFINED,
        """
reached("euid=0" in subprocess.run([h["suid"]], capture_output=True, text=True).stdout)
reached(libc.prctl(39, 0, 0, 0, 0) != 1)""",
    ),
    Attack("io_uring", CONFINED, "reached(call(425, 1, ctypes.create_string_buffer(200)) >= 0)"),
    Attack(
        "a nested namespace",
        CONFINED,
        """
reached(libc.unshare(0x10000000) == 0)
reached(libc.unshare(0x20000) == 0)
reached(call(435, ctypes.create_string_buffer((0x10000000).to_bytes(8, "little") + bytes(56)), 64) > 0)""",
    ),
    Attack("a mount", CONFINED, "reached(libc.mount(b'none', os.getcwd().encode(), b'tmpfs', 0, None) == 0)"),
    Attack(
        "bpf, perf, userfaultfd, keyrings",
        CONFINED,
        """
page = ctypes.create_string_buffer(200)
for name, x86, arm, *arguments in (
    ("bpf", 321, 280, 0, page, 72), ("perf", 298, 241, page, 0, -1, -1, 0), ("userfaultfd", 323, 282, 1),
    ("add_key", 248, 217, b"user", b"k", b"v", 1, -2), ("keyctl", 250, 219, 0, -3, 1),
):
    result = call(number(x86, arm), *arguments)
    reached(name if result >= 0 or ctypes.get_errno() not in (1, 38) else False)""",
    ),
    Attack(
        "the clock and the name of the machine",
        CONFINED,
        """
reached(libc.clock_settime(0, ctypes.create_string_buffer(int(time.time()).to_bytes(8, "little") + bytes(8))) == 0)
reached(libc.sethostname(b"owned", 5) == 0)""",
    ),
    Attack(
        "descriptors that the runner has open",
        CONFINED,
        """
def opened(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}") if os.path.exists("/proc/self/fd") else str(os.fstat(fd))
    except OSError:
        return None
reached([opened(fd) for fd in range(3, 1024) if opened(fd)])""",
    ),
]
