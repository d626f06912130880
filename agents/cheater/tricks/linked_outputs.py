"""28: outputs that are links to files of the host, to each other, to themselves, and out of the workspace."""

from _tools import outputs

targets = [
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/1/cwd/etc/shadow",
    "../../../../etc/hosts",
    "/dev/zero",
    "/dev/stdin",
    "self",
]
for i, path in enumerate(outputs()):
    path.unlink(missing_ok=True)
    path.symlink_to(path.name if targets[i % 7] == "self" else targets[i % 7])
