"""`item relabel` to a word that the agreement does not know is refused, with those known."""

from __future__ import annotations

import pytest

from commonwatch.cli import app
from commonwatch.identity import nation
from commonwatch.node.folder import write_folder
from tests.sharing.builders import KEYS, T0_S, kinds


@pytest.mark.parametrize("level", ["SECRET", "極秘", "군사I급비밀", "", "군사II급비밀 "])
def test_an_unknown_level_is_refused_and_nothing_is_said(three, tmp_path, capsys, level):
    three.beat(T0_S)
    three.settle(T0_S)
    write_folder(three.folder / "KOR", KEYS[nation("KOR")])
    three.close()
    post = tmp_path / "post"
    words = ["item", "relabel", str(three.folder / "KOR"), "KOR-JPN-1", "--why", "x"]
    assert app.run([*words, "--level", level, "--out", str(post)]) == 2
    told = capsys.readouterr().err
    assert "KOR-JPN knows of KOR's levels 군사III급비밀, 군사II급비밀;" in told
    assert not post.exists()
    assert kinds(three, "KOR", "item") == []
    assert app.run([*words, "--level", "군사II급비밀", "--out", str(post)]) == 0
    assert kinds(three, "KOR", "item") != []
