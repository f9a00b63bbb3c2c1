"""A command line whose errors are one line: what is wrong, and where the help is."""

import argparse
from typing import NoReturn

from protocols.errors import OptionError


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that raises `OptionError` where its parent prints the usage and exits; its commands do so too."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message}; see `{self.prog} --help`")
