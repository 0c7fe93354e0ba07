"""Kernels compile also where nothing can be kept on disk, and say so."""

import logging

import pytest

from citysim.model import compiled as compilation


def test_without_a_cache_folder_kernels_still_run_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compilation, "_warned", set())
    namespace: dict = {}
    # code without a file has no folder beside it, as a package on a read-only disk has none to write to
    exec("def double(x): return 2 * x\ndef triple(x): return 3 * x", namespace)  # noqa: S102
    with caplog.at_level(logging.WARNING):
        double, triple = (compilation.compiled(namespace[name]) for name in ("double", "triple"))
    assert (double(4), triple(4)) == (8, 12)
    (record,) = caplog.records
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in record.message
