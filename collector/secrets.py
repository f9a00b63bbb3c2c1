"""Secrets at rest: encrypted with a key in the data directory, so that a copy of the database alone tells none.

Fernet (AES-128-CBC with HMAC-SHA256), https://github.com/fernet/spec.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from protocols.errors import StartError

KEY_FILE = "secret.key"


class Secrets:
    """Encrypts and decrypts with the key file of one data directory, made on first use, readable by its owner alone."""

    def __init__(self, data: Path) -> None:
        self._path = data / KEY_FILE

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted. Raises `StartError` when the key file cannot be made or read."""
        return self._fernet().encrypt(text.encode())

    def decrypt(self, secret: bytes) -> str:
        """The text. Raises `StartError` when its key is not there or another one."""
        try:
            return Fernet(self._path.read_bytes()).decrypt(secret).decode()
        except (InvalidToken, ValueError) as error:
            raise StartError(
                f"{self._path} is not the key this was encrypted with: restore that file, or add the channel again",
                permanent=True,
            ) from error
        except OSError as error:
            raise StartError(
                f"the key file {self._path} cannot be read ({error.strerror}): restore it, or add the channel again",
                permanent=True,
            ) from error

    def _fernet(self) -> Fernet:
        try:
            return Fernet(self._read_or_make())
        except (OSError, ValueError) as error:
            raise StartError(f"the key file {self._path} cannot be used: {error}", permanent=True) from error

    def _read_or_make(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, self._path)  # fails when another process was first: its key is the key
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return self._path.read_bytes()
