"""What the demonstration serves and prints; the demonstration itself runs as README's example."""

from __future__ import annotations

import http.client
import threading

import pytest

from commonwatch.cli.demo_answer import plain_lines, print_knowledge, without_sensors
from commonwatch.cli.page_server import page_server
from commonwatch.errors import UnusableInput
from commonwatch.report.tables import knowledge_table
from tests.report.builders import lofted_replay

PAGE = "<!DOCTYPE html><title>訓練</title>".encode()


@pytest.fixture
def server():
    with page_server(PAGE, 0, or_any=True) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(server, method: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=5)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_serves_the_page_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert asked(server, "GET", "/") == (200, PAGE)
    assert asked(server, "GET", "/report.html") == (200, PAGE)
    assert asked(server, "HEAD", "/") == (200, b"")


@pytest.mark.parametrize("path", ["/pyproject.toml", "/../README.md", "//etc/passwd", "/?x", "/x"])
def test_serves_nothing_else(server, path):
    status, body = asked(server, "GET", path)
    assert status == 404
    assert PAGE not in body


def test_a_port_that_is_taken_is_one_clear_line(server):
    port = server.server_address[1]
    with pytest.raises(UnusableInput, match=f"--port {port}: .*name another"):
        page_server(PAGE, port, or_any=False)
    with page_server(PAGE, port, or_any=True) as other:
        assert other.server_address[1] != port


def test_columns_of_the_printed_table_stand_under_their_heads():
    table = without_sensors(knowledge_table(lofted_replay()))
    lines = plain_lines(table)
    rule = next(line for line in lines if set(line) == {"-", " "})
    starts = [k for k, mark in enumerate(rule) if mark == "-" and (k == 0 or rule[k - 1] == " ")]
    assert len(starts) == len(table.heads)
    for line in lines:
        for start in starts[1:]:
            assert line[start - 1 : start] in {" ", ""}
    assert max(map(len, lines)) <= 120


def test_prints_the_table_what_crossed_and_what_it_was_worth(capsys):
    print_knowledge(lofted_replay())
    told = capsys.readouterr().out
    assert told.startswith("EXERCISE, REPLAY of NK20230315-01")
    for part in ("Republic of Korea", "alone", "shared", "times smaller", "JPN → KOR", "63 times"):
        assert part in told
    assert "\u00a0" not in told
