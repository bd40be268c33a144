"""The tools that are compared, with one adapter per file."""

from importlib import import_module

from benchmarks.peer import Peer

ADAPTERS = (
    "ours",
    "scikit_learn",
    "opencv",
    "scipy",
    "faiss",
    "pillow",
    "imagequant",
    "multiotsu",
)


def installed_peers() -> tuple[list[Peer], list[str]]:
    """Return the installed tools, ours first, and the names of the missing ones."""
    found: list[Peer] = []
    missing = []
    for name in ADAPTERS:
        try:
            adapter = import_module(f"benchmarks.peers.{name}")
        except ImportError:
            missing.append(name)
        else:
            found += adapter.PEERS
    return found, missing
