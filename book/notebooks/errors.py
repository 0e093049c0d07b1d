"""The one error that this tool raises about what somebody wrote."""


class ChapterError(ValueError):
    """What is wrong with a chapter, in words its author can act upon."""
