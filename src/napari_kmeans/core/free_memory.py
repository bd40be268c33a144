"""The memory that this process can still use."""

from collections.abc import Iterator
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""The files with the limit, the usage and the reclaimable file cache of a control
group, in versions 2 and 1."""


def free_memory() -> int:
    """Return how much more memory this process can use without swapping.

    Returns
    -------
    int
        Bytes: the memory available in the system, or less if a container or a batch
        system limits this process.
    """
    import psutil  # noqa: PLC0415

    available = int(psutil.virtual_memory().available)
    return max(0, min([available, *_left_in_groups()]))


def _left_in_groups() -> Iterator[int]:
    """Yield what is left in each Linux control group of this process."""
    if not OWN_GROUPS.exists():
        return
    for line in OWN_GROUPS.read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root = CONTROL_GROUPS
        elif "memory" in controllers.split(","):
            root = CONTROL_GROUPS / "memory"
        else:
            continue
        # A limit of any group above holds, too. In a container, where the group's own
        # path is not seen, the root is the container's.
        group = root / path.lstrip("/")
        while True:
            yield from _left_in(group)
            if group == root:
                break
            group = group.parent


def _left_in(group: Path) -> Iterator[int]:
    """Yield what is left in one control group, if it has a limit."""
    for limit_name, used_name, cache_name in FILES:
        try:
            limit = (group / limit_name).read_text(encoding="ascii").strip()
            used = int((group / used_name).read_text(encoding="ascii"))
            numbers = (group / "memory.stat").read_text(encoding="ascii").split()
        except OSError:  # not of this version, or not to be seen from here
            continue
        if limit != "max":
            of_files = dict(zip(numbers[::2], numbers[1::2], strict=False))
            yield int(limit) - used + int(of_files.get(cache_name, 0))
