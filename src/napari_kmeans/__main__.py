"""Open napari with an image, clustered, and the panel docked: the main job."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryFile


def main(arguments: list[str] | None = None) -> int:
    """Run the main job."""
    options = _parser().parse_args(arguments)
    if options.image is not None and not options.image.exists():
        print(f"There is no file '{options.image}'.", file=sys.stderr)
        return 1
    if options.out is not None:
        try:
            options.out.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=options.out).close()
        except OSError as error:
            why = error.strerror
            print(f"'{options.out}' cannot be written to: {why}.", file=sys.stderr)
            return 1

    # Only now: --help and a wrong path need not wait for a window.
    import napari

    from napari_kmeans.widgets.main_job import open_clustered, wait, write_results

    viewer = napari.Viewer()
    try:
        panel = open_clustered(options.image, viewer)
        if options.out is None:
            napari.run()
            return 0
        wait(panel)
        for path in write_results(panel, viewer, options.out):
            print(path)
    except (RuntimeError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        viewer.close()
        return 1
    viewer.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m napari_kmeans",
        description="Open an image in napari, clustered, with the panel docked.",
    )
    parser.add_argument(
        "image",
        nargs="?",
        type=Path,
        help="an image file; by default the stained-tissue sample",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="write a screenshot, the recoloured image and the labels, and exit",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
