"""Many points, drawn by vispy as discs: several times as fast as its markers."""

from typing import Any

import numpy as np
from vispy.gloo import IndexBuffer, VertexBuffer
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from napari_kmeans.core.types import Array

VERTEX = """
uniform float u_scale;
attribute vec3 a_place;
attribute vec3 a_color;
attribute float a_size;
varying vec3 v_color;

void main() {
    gl_Position = $transform(vec4(a_place, 1.0));
    gl_PointSize = a_size * u_scale;
    v_color = a_color;
}
"""

FRAGMENT = """
varying vec3 v_color;

void main() {
    vec2 away = gl_PointCoord - vec2(0.5);
    if (dot(away, away) > 0.25) discard;
    gl_FragColor = vec4(v_color, 1.0);
}
"""


class PointCloudVisual(Visual):
    """Opaque discs, of which those in front hide the others."""

    def __init__(self) -> None:
        super().__init__(vcode=VERTEX, fcode=FRAGMENT)
        self._draw_mode = "points"
        self._n, self._is_ready = 0, False
        self.shared_program["u_scale"] = 1.0
        self.set_gl_state(depth_test=True, blend=False, cull_face=False)
        self.freeze()

    def set_points(self, places: Array, sizes: Array) -> None:
        """Draw other points, (M, 3), of so many pixels, (M,); colours are to follow."""
        self._n = len(places)
        self._set(a_place=places, a_size=sizes)

    def set_colors(self, colors: Array) -> None:
        """Draw all points in other colours, (M, 3)."""
        self._set(a_color=colors)

    def _set(self, **of_each: Array) -> None:
        for name, values in of_each.items():
            if len(values):
                numbers = np.ascontiguousarray(values, np.float32)
                self.shared_program[name] = VertexBuffer(numbers)
        self.update()

    def draw_only(self, index: Array) -> None:
        """Draw these of the points."""
        self._is_ready = bool(len(index))
        if self._is_ready:
            self._index_buffer = IndexBuffer(np.asarray(index, np.uint32))
        self.update()

    def magnify(self, scale: float) -> None:
        """Draw all points larger."""
        self.shared_program["u_scale"] = float(scale)

    def _prepare_draw(self, view: Any = None) -> bool:  # noqa: ARG002
        return bool(self._n and self._is_ready)

    def _prepare_transforms(self, view: Any) -> None:
        view.view_program.vert["transform"] = view.get_transform()


PointCloud: Any = create_visual_node(PointCloudVisual)
