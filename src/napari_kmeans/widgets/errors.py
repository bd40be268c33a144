"""Error messages for the user."""

from napari.utils.notifications import notification_manager

EXPECTED_ERRORS = (ValueError, TypeError, MemoryError, OSError, ImportError)
"""Errors whose message tells the user what is wrong."""


def message_for(
    error: Exception, expected: tuple[type[Exception], ...] = EXPECTED_ERRORS
) -> str:
    """Return what to say about an error; an unexpected one also goes to napari."""
    if isinstance(error, expected):
        return _in_words(error)
    notification_manager.receive_error(type(error), error, error.__traceback__)
    return f"Something went wrong: {_in_words(error)}"


def _in_words(error: Exception) -> str:
    """Return the error's message, which is never empty."""
    # str(KeyError) is in quotation marks.
    text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    if isinstance(error, MemoryError):
        details = f" ({text})" if text else ""
        return (
            f"There is not enough memory{details}. Free some, or choose a smaller "
            "image or region."
        )
    if isinstance(error, OSError) and error.strerror:  # not raised with words for users
        return (
            f"{error.strerror}: '{error.filename}'"
            if error.filename
            else error.strerror
        )
    return text or type(error).__name__
