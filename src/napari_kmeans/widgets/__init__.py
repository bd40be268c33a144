"""Qt and magicgui: what the user sees and presses."""
