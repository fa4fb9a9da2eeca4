"""Desks, nodes and `assess` keep keys in folders of one shape; those of before are still read."""

from __future__ import annotations

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import LIVE
from commonwatch.node.agreement_desk import AgreementDesk, open_desk
from commonwatch.node.folder import read_keys, write_folder
from commonwatch.node.key_folders import exercise_key, public_keys
from commonwatch.node.keys import NodeKeys, new_key, write_key
from tests.sharing.builders import KEYS

KOR, JPN = nation("KOR"), nation("JPN")


def test_a_key_is_made_as_nodes_and_desks_have_it(tmp_path):
    key, made = exercise_key(tmp_path, KOR)
    assert made
    assert exercise_key(tmp_path, KOR) == (key, False)
    assert read_keys(tmp_path / "KOR").private == key
    assert AgreementDesk(tmp_path / "KOR").keys.private == key
    assert public_keys(tmp_path, ("KOR", "JPN")) == {"KOR": key.public}


def test_the_keys_of_desks_sign_and_verify(tmp_path):
    korea = open_desk(tmp_path / "any-name", "KOR")
    assert exercise_key(tmp_path, KOR) == (korea.keys.private, False)
    assert public_keys(tmp_path, ("KOR",)) == {"KOR": korea.keys.private.public}


def test_one_nodes_folder_knows_the_keys_of_its_partners(tmp_path):
    write_folder(tmp_path, KEYS[KOR])
    assert exercise_key(tmp_path, KOR) == (KEYS[KOR].private, False)
    assert public_keys(tmp_path, ("KOR", "JPN")) == {code: KEYS[KOR].public[code] for code in
                                                     ("KOR", "JPN")}  # fmt: skip


def test_what_was_kept_before_is_still_read_and_not_written_anew(tmp_path):
    key = new_key()
    write_key(tmp_path / "KOR.exercise.key", key)
    (tmp_path / "KOR.exercise.pub").write_text(key.public.raw.hex() + "\n")
    assert exercise_key(tmp_path, KOR) == (key, False)
    assert public_keys(tmp_path, ("KOR",)) == {"KOR": key.public}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "KOR.exercise.key", "KOR.exercise.pub",
    ]  # fmt: skip
    (tmp_path / "KOR.exercise.pub").write_text("zz")
    with pytest.raises(UnusableInput, match="not a key in hexadecimal digits"):
        public_keys(tmp_path, ("KOR",))


def test_two_folders_of_one_nation_or_a_live_key_are_refused(tmp_path):
    open_desk(tmp_path / "a", "KOR")
    open_desk(tmp_path / "b", "KOR")
    with pytest.raises(UnusableInput, match="two folders of KOR"):
        exercise_key(tmp_path, KOR)
    key = new_key()
    write_folder(tmp_path / "live" / "JPN", NodeKeys(JPN, LIVE, key, {"JPN": key.public}))
    with pytest.raises(UnusableInput, match="a key of mode LIVE"):
        exercise_key(tmp_path / "live", JPN)
