"""Lets every call that changes a file fail, or stops the process there, in turn; see `__main__`."""
