"""The memory of this process, as Linux reports it."""

import re
from pathlib import Path

STATUS = Path("/proc/self/status")


def restart_peak() -> bool:
    """Reset the peak to the present usage; return whether that is possible."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def resident_bytes() -> int:
    """Return the memory used now, in bytes."""
    return _field("VmRSS")


def peak_bytes() -> int:
    """Return the peak since it was last reset, in bytes."""
    return _field("VmHWM")


def _field(name: str) -> int:
    """Return a field of the status, converted from KiB to bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else 0
