"""Addresses, the data directory and its lock: what a person is told when they are wrong."""

import os
import socket

import pytest

from deploy.up.places import Address, free_address, lock, parse_address, prepare
from protocols.errors import OptionError, StartError


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield Address("127.0.0.1", listener.getsockname()[1])


@pytest.mark.parametrize("text", ["8470", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", ":8470", ""])
def test_an_address_that_is_none_names_the_option(text):
    with pytest.raises(OptionError, match=r"--http .* should be HOST:PORT"):
        parse_address(text, "--http")


def test_addresses_of_both_families():
    assert parse_address("127.0.0.1:8470", "--http") == ("127.0.0.1", 8470)
    assert parse_address("[::1]:8470", "--http") == ("::1", 8470)
    assert str(Address("::1", 8470)) == "[::1]:8470"
    assert Address("::1", 1).loopback
    assert not Address("0.0.0.0", 1).loopback


def test_a_wanted_port_that_is_taken_is_an_error_that_says_what_to_do(taken):
    with pytest.raises(StartError, match=rf"--http {taken}: another program listens there: .*--http HOST:PORT"):
        free_address(str(taken), taken, "--http")


def test_with_nothing_wanted_the_next_free_port_is_taken(taken):
    found = free_address(None, taken, "--http")
    assert found.host == taken.host
    assert taken.port < found.port < taken.port + 50


def test_a_data_directory_has_one_owner(tmp_path):
    prepare(tmp_path / "deep" / "data")
    held = lock(tmp_path / "deep" / "data")
    with pytest.raises(StartError, match=rf"in use by process {os.getpid()}"):
        lock(tmp_path / "deep" / "data")
    held.close()
    lock(tmp_path / "deep" / "data").close()


def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"--data .*file/data: .*; give a folder you may write"):
        prepare(tmp_path / "file" / "data")
