"""A kernel that is told to make no array counts no references, and cannot make one."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import numpy as np
from numba.core.errors import NumbaError
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

def first_of(rows, k):
    row = rows[k]
    return row[0] + last_of(row)

def last_of(row):
    return row[row.size - 1]

def of_a_copy(rows, k):
    return np.zeros(k)[0] + rows[k, 0]

def counted(function):
    return "call void @NRT_incref" in "".join(function.inspect_llvm().values())

lent = borrowing_kernel(first_of)
rows = np.arange(6.0).reshape(3, 2)
last_of = borrowing_kernel(last_of)
print(lent(rows, 1), counted(lent))
try:
    print(borrowing_kernel(of_a_copy)(rows, 1))
except NumbaError as refused:
    print(type(refused).__name__)
"""


def test_it_counts_no_references_and_does_not_compile_where_it_would_make_one(tmp_path):
    (tmp_path / "lent.py").write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "lent.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told, refused = done.stdout.splitlines()
    assert told == "5.0 False"
    assert refused == "TypingError"
