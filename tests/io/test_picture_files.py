"""The files that pictures are saved as: each, on one sheet, and as a GIF."""

import numpy as np
import numpy.testing as npt
import pytest
from PIL import Image, ImageSequence

from napari_kmeans import (
    Picture,
    pictures,
    save_gif,
    save_pictures,
    save_sheet,
    sweep,
)


def photograph(seed=0, shape=(24, 40)):
    random = np.random.default_rng(seed)
    tiles = random.integers(0, 200, (shape[0] // 4, shape[1] // 4, 3))
    tiles = tiles.repeat(4, axis=0).repeat(4, axis=1)
    return (tiles + random.integers(0, 50, tiles.shape)).astype(np.uint8)


def plain(n=3, shape=(30, 50)):
    """Make pictures in one colour each."""
    hues = [(60 * i + 10, 200 - 30 * i, 77) for i in range(n)]
    return [
        Picture(np.full((*shape, 3), hue, np.uint8), f"k = {i + 2}", f"k{i + 2:02d}")
        for i, hue in enumerate(hues)
    ]


def frames(path):
    with Image.open(path) as opened:
        return [
            np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)
        ]


def below_caption(pixels, height):
    """Cut what is under the caption, and check that there is writing above."""
    strip, picture = pixels[:-height], pixels[-height:]
    assert strip.shape[0] >= 11
    assert (strip[0] == 255).all()
    assert strip.min() < 100
    return picture


class TestPictureFiles:
    def test_each_is_saved_under_its_caption(self, tmp_path):
        folder = tmp_path / "new" / "folder"
        made = plain()
        files = save_pictures(folder, made, name="tissue")
        assert [file.name for file in files] == [
            "tissue_k02.png",
            "tissue_k03.png",
            "tissue_k04.png",
        ]
        assert sorted(folder.iterdir()) == files
        for file, picture in zip(files, made, strict=True):
            (saved,) = frames(file)
            assert saved.shape[1] == 50
            npt.assert_array_equal(below_caption(saved, 30), picture.pixels)

    def test_a_width_changes_the_size_and_no_color(self, tmp_path):
        image = photograph()
        drawn = list(pictures(image, sweep(image, [5], channel_axis=-1)))
        (file,) = save_pictures(tmp_path, drawn, width=100)
        (saved,) = frames(file)
        picture = below_caption(saved, 60)
        assert picture.shape == (60, 100, 3)
        before, after = (
            np.unique(one.reshape(-1, 3), axis=0) for one in (drawn[0].pixels, picture)
        )
        npt.assert_array_equal(before, after)

    def test_a_small_picture_is_not_cut_by_its_caption(self, tmp_path):
        pixels = np.zeros((6, 4, 3), np.uint8)
        (file,) = save_pictures(tmp_path, [Picture(pixels, "k = 12", "k12")])
        (saved,) = frames(file)
        assert saved.shape[1] > 20
        assert (saved[-6:] == 0).all(axis=2).sum() == 24

    def test_the_caption_of_a_low_picture_is_not_higher_than_it(self, tmp_path):
        pixels = np.zeros((40, 2000, 3), np.uint8)
        (file,) = save_pictures(tmp_path, [Picture(pixels, "k = 12", "k12")])
        assert 40 + 11 < frames(file)[0].shape[0] < 80

    def test_no_caption_no_strip(self, tmp_path):
        pixels = photograph()
        (file,) = save_pictures(tmp_path, [Picture(pixels)])
        assert file.name == "01.png"
        npt.assert_array_equal(frames(file)[0], pixels)

    def test_no_file_is_replaced_unless_asked(self, tmp_path):
        kept = tmp_path / "k03.png"
        kept.write_bytes(b"mine")
        with pytest.raises(FileExistsError, match=r"k03\.png' exists.*overwrite=True"):
            save_pictures(tmp_path, plain())
        assert kept.read_bytes() == b"mine"
        save_pictures(tmp_path, plain(), overwrite=True)
        assert len(frames(kept)) == 1

    @pytest.mark.parametrize("width", [0, -3])
    def test_a_width_that_cannot_be_is_refused(self, width, tmp_path):
        for save in (save_pictures, save_sheet, save_gif):
            with pytest.raises(ValueError, match="width is"):
                save(tmp_path / "x", plain(), width=width)
        assert not list(tmp_path.iterdir())


class TestSheet:
    def test_every_picture_is_there_in_order_below_the_title(self, tmp_path):
        made = plain(5)
        path = save_sheet(tmp_path / "s.png", made, title="Five", columns=3, width=330)
        (saved,) = frames(path)
        assert saved.shape[1] == 330
        places = []
        for picture in made:
            rows, columns = np.nonzero((saved == picture.pixels[0, 0]).all(axis=2))
            height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
            assert abs(width / height - 50 / 30) < 0.05
            assert len(rows) == height * width  # whole, and nothing over it
            places.append((rows.min(), columns.min()))
        assert places == sorted(places)
        assert [len({row for row, _ in part}) for part in (places[:3], places[3:])] == [
            1,
            1,
        ]
        untitled = save_sheet(tmp_path / "u.png", made, columns=3, width=330)
        assert frames(untitled)[0].shape[0] < saved.shape[0]

    @pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 2), (6, 3), (8, 4)])
    def test_the_columns_fill_the_sheet(self, n, columns, tmp_path):
        made = plain(n, shape=(40, 40))
        path = save_sheet(tmp_path / "s.png", made, width=400)
        (saved,) = frames(path)
        first_row = [
            picture
            for picture in made
            if (saved[: saved.shape[0] * columns // n] == picture.pixels[0, 0])
            .all(axis=2)
            .any()
        ]
        assert len(first_row) == columns

    def test_it_needs_a_picture_and_a_column(self, tmp_path):
        with pytest.raises(ValueError, match="There is no picture"):
            save_sheet(tmp_path / "s.png", iter(()))
        with pytest.raises(ValueError, match="columns is 0"):
            save_sheet(tmp_path / "s.png", plain(), columns=0)
        assert not list(tmp_path.iterdir())

    def test_no_file_is_replaced_unless_asked(self, tmp_path):
        path = tmp_path / "s.png"
        path.write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            save_sheet(path, plain())
        assert path.read_bytes() == b"mine"
        assert len(frames(save_sheet(path, plain(), overwrite=True))) == 1


class TestGif:
    def test_what_is_written_is_read_again(self, tmp_path):
        image = photograph(shape=(48, 80))
        results = list(sweep(image, (2, 3, 8), channel_axis=-1))
        path = tmp_path / "sweep.gif"
        save_gif(path, pictures(image, results), seconds=0.7, width=160)
        with Image.open(path) as opened:
            assert opened.n_frames == 3
            assert opened.info["duration"] == 700
            assert opened.info["loop"] == 0
            assert opened.width == 160
        for frame, result in zip(frames(path), results, strict=True):
            shown = below_caption(frame, 96)[1::2, 1::2]
            npt.assert_array_equal(shown, result.recolored)

    def test_each_lasts_as_long_and_it_may_end(self, tmp_path):
        path = save_gif(tmp_path / "x.gif", plain(4), seconds=0.05, loop=False)
        with Image.open(path) as opened:
            assert "loop" not in opened.info
            each = [frame.info["duration"] for frame in ImageSequence.Iterator(opened)]
        assert each == [50] * 4

    def test_captions_of_any_length_leave_the_pictures_in_place(self, tmp_path):
        made = [
            Picture(one.pixels, f"k = {'8' * 9 * n}") for n, one in enumerate(plain(4))
        ]
        for width in (50, 300):
            path = save_gif(tmp_path / f"{width}.gif", made, width=width)
            places = set()
            for frame, picture in zip(frames(path), made, strict=True):
                there = np.nonzero((frame == picture.pixels[0, 0]).all(axis=2))
                places.add(tuple((axis.min(), axis.max()) for axis in there))
            assert len(places) == 1

    def test_pictures_of_several_shapes_are_refused(self, tmp_path):
        made = [*plain(1), *plain(1, shape=(60, 50))]
        for save in (save_gif, save_sheet):
            with pytest.raises(ValueError, match="differ in shape"):
                save(tmp_path / "x", made)

    def test_many_colors_are_exact_too(self, tmp_path):
        grey = np.arange(240, dtype=np.uint8).reshape(15, 16)
        grey = np.stack([grey, grey[::-1], 255 - grey], axis=2)
        made = [Picture(grey, "k = 240"), Picture(grey[::-1], "k = 239")]
        path = save_gif(tmp_path / "x.gif", made, width=None)
        for frame, picture in zip(frames(path), made, strict=True):
            left = (frame.shape[1] - 16) // 2
            shown = below_caption(frame, 15)[:, left : left + 16]
            npt.assert_array_equal(shown, picture.pixels)

    def test_more_colors_than_a_palette_has_stay_near(self, tmp_path):
        pixels = photograph(shape=(100, 120))
        path = save_gif(tmp_path / "x.gif", [Picture(pixels)], width=None)
        difference = frames(path)[0].astype(int) - pixels
        assert np.abs(difference).mean() < 12

    @pytest.mark.parametrize("seconds", [0, 0.01, -1, 700, float("nan")])
    def test_times_that_cannot_be_are_refused(self, seconds, tmp_path):
        with pytest.raises(ValueError, match=r"seconds is .*0\.02 to 600"):
            save_gif(tmp_path / "x.gif", plain(), seconds=seconds)

    def test_more_pixels_than_a_gif_can_hold_are_refused(self, tmp_path):
        made = plain(1, shape=(300, 2))
        with pytest.raises(ValueError, match=r"480 × 72,0\d\d pixels.*smaller width"):
            save_gif(tmp_path / "x.gif", made)
        assert not list(tmp_path.iterdir())

    def test_pictures_that_were_taken_before_are_missed(self, tmp_path):
        with pytest.raises(ValueError, match="make a list"):
            save_gif(tmp_path / "x.gif", iter(()))
        assert not list(tmp_path.iterdir())

    def test_no_file_is_replaced_unless_asked(self, tmp_path):
        path = tmp_path / "x.gif"
        path.write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            save_gif(path, plain())
        assert path.read_bytes() == b"mine"
        assert len(frames(save_gif(path, plain(), overwrite=True))) == 3

    def test_an_error_leaves_nothing(self, tmp_path):
        def broken():
            yield from plain(1)
            raise RuntimeError("no more")

        with pytest.raises(RuntimeError):
            save_gif(tmp_path / "x.gif", broken())
        with pytest.raises(OSError, match=r"no such.*gif|could not be written"):
            save_gif(tmp_path / "no such" / "x.gif", plain())
        assert not list(tmp_path.iterdir())
