"""The tools that are compared, one adapter a file."""

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
    """Give the tools that are installed, ours first, and the names of those missing."""
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
