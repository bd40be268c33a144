"""Fixtures that several rooms share."""

import threading
import time

import pytest


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path_factory):
    """Keep a test away from the settings that the user, or another test, last used."""
    from qtpy.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


class Store:
    """An array that keeps account of what is read, can fail, and can be slow."""

    def __init__(self, data, chunks):
        self._data, self._chunks = data, chunks
        self._lock = threading.Lock()
        self.read = []
        self.broken = ()
        self.seconds = 0

    def dask(self):
        import dask.array

        like = dask.array.zeros(
            self._data.shape, dtype=self._data.dtype, chunks=self._chunks
        )
        return dask.array.map_blocks(
            self._read, chunks=like.chunks, dtype=like.dtype, meta=like._meta
        )

    def _read(self, block_info):
        where = block_info[None]
        time.sleep(self.seconds)
        with self._lock:
            self.read.append(where["chunk-location"])
        if where["chunk-location"] in self.broken:
            raise OSError("the disk is gone")
        return self._data[tuple(slice(*ends) for ends in where["array-location"])]


@pytest.fixture
def new_store():
    """Make a `Store` of an array in memory and the sizes of its chunks."""
    return Store


@pytest.fixture
def no_cache():
    """Let napari keep no block that it has computed."""
    from napari.utils import resize_dask_cache

    resize_dask_cache(0)
    yield
    resize_dask_cache(1)  # what it is before the first lazy layer
