"""What reads files that anybody may have written refuses them in its own words, whatever is in them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardening.fuzz.readers import READERS


def changed(seed: bytes, random: Random) -> bytes:
    """Return what a reader accepts, with a few bytes or lines of it changed, taken out or doubled."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice([0, 1, 2, 40]))
        data[at:end] = random.choice(
            [b"", bytes(data[at:end]) * 2, bytes([random.randrange(256)]), b"\n", b'"', b"../"]
        )
    return bytes(data)


@pytest.mark.parametrize("name", READERS)
def test_fuzzing_begins_with_what_a_reader_accepts(name: str) -> None:
    read, seeds = READERS[name]
    assert [seed for seed in seeds if not read(seed)] == []


@pytest.mark.parametrize("name", READERS)
@given(random=st.randoms(use_true_random=False), noise=st.binary(max_size=200))
def test_a_reader_accepts_or_refuses_in_its_own_words(name: str, random: Random, noise: bytes) -> None:
    read, seeds = READERS[name]
    assert read(noise) in (True, False)
    assert read(changed(random.choice(seeds), random)) in (True, False)
