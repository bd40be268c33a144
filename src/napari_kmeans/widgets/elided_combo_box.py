"""A list to choose from that does not widen the panel."""

from typing import Any

from magicgui.widgets import ComboBox
from qtpy.QtWidgets import QComboBox


class ElidedComboBox(ComboBox):
    """A combo box that takes the width it is given, however long its texts are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.native.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
