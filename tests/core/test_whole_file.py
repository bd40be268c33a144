"""Files written whole or not at all."""

import os
import stat
import sys
import threading

import pytest

from napari_kmeans.core.whole_file import whole_file, write_whole


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    write_whole(tmp_path / "text", "µm\r\n1\n")
    write_whole(str(tmp_path / "bytes"), b"\0\xff")
    assert (tmp_path / "text").read_bytes() == "µm\r\n1\n".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\0\xff"
    assert len(list(tmp_path.iterdir())) == 2


def test_what_fails_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("older")

    def fill_the_disk():
        with whole_file(path) as partial:
            partial.write_text("half")
            raise OSError(28, "No space left on device", str(partial))

    with pytest.raises(OSError, match="No space left") as caught:
        fill_the_disk()
    assert str(caught.value).startswith(f"'{path}' could not be written: ")
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_path_to_write_to_ends_as_the_file_does(tmp_path):
    for name in ("a.ome.tif", "µ" * 120 + ".json"):
        with whole_file(tmp_path / name) as partial:
            assert partial.parent == tmp_path
            assert partial.name.endswith(name[-8:])
            partial.write_bytes(b"1")
        assert (tmp_path / name).read_bytes() == b"1"


def test_a_folder_that_is_not_there_is_told_by_the_file_asked_for(tmp_path):
    path = tmp_path / "none" / "a.json"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, "")
    assert str(caught.value).startswith(f"'{path}' could not be written: ")


@pytest.mark.skipif(sys.platform == "win32", reason="links and permissions of POSIX")
def test_links_and_permissions_stay(tmp_path):
    path, link = tmp_path / "model.json", tmp_path / "link.json"
    path.write_text("older")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, "newer")
    assert link.is_symlink()
    assert path.read_text() == "newer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    write_whole(tmp_path / "new", "")
    (tmp_path / "usual").write_text("")
    new, usual = ((tmp_path / name).stat().st_mode for name in ("new", "usual"))
    assert new == usual


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_what_is_no_file_is_written_to(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "text")
    reader.join()
    assert read == ["text"]
    assert list(tmp_path.iterdir()) == [pipe]
