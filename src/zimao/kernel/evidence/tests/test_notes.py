"""Signed notes: the published example, the RFC 8032 keys, and everything that must be refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zimao.kernel.evidence.notes import (
    COSIGNATURE_V1,
    Checkpoint,
    NoteError,
    VerifierKey,
    cosign,
    parse_checkpoint,
    read_note,
    sign_note,
    vkey_of,
)
from zimao.kernel.evidence.tree import EMPTY_ROOT, fold, leaf_hash

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
BODY = Checkpoint("fz.example/evidence", 7, fold([leaf_hash(f"leaf-{number}".encode()) for number in range(7)])).body()


class Key:
    """A signer from an RFC 8032 section 7.1 seed."""

    def __init__(self, name, seed):
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        self.public_key = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message):
        return self._key.sign(message)


LOG = Key("fz.example/evidence", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
WITNESS = Key("xm.example/witness", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")


def test_the_published_example_verifies():
    assert read_note(EXAMPLE, [VerifierKey.parse(EXAMPLE_KEY)]) == ("This is an example message.\n", {EXAMPLE_KEY: None})


def test_a_verifier_key_reads_back_as_written():
    assert str(VerifierKey.parse(EXAMPLE_KEY)) == EXAMPLE_KEY
    # the public key of RFC 8032 TEST 1 in the place that the format gives it
    assert base64.b64decode(vkey_of(LOG).split("+", 2)[2]).hex() == "01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("foo", "bar"),
        EXAMPLE_KEY[:-1],
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_a_malformed_key_is_refused(vkey):
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


def test_checkpoint_round_trip():
    note = sign_note(BODY, LOG)
    body, signed = read_note(note, [VerifierKey.parse(vkey_of(LOG))])
    assert (body, list(signed)) == (BODY, [vkey_of(LOG)])
    assert parse_checkpoint(body).body() == BODY
    assert parse_checkpoint(body).size == 7


def test_a_known_signature_from_the_rfc_8032_key():
    # Ed25519 is deterministic: the same body, name and key give the same line in every implementation
    body = "fz.zimao.example/evidence\n7\nAsNYfMkHHuQ6hD7MPEf4osqb4iMcCJDT/f9dVQcTkJM=\n"
    signer = Key("fz.zimao.example/evidence", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    line = "— fz.zimao.example/evidence SzL0XAumHA4/sTUWkPofKNHHp1HxfGCgpR6CzsDuf6RIxNqoukg7UZR7123mJ0z//bf6kvuSPYlPokPKgvK1fuAzyA0=\n"
    assert sign_note(body, signer) == body + "\n" + line
    assert fold([leaf_hash(f"zimao-leaf-{number}".encode()) for number in range(7)]) == parse_checkpoint(body).root


def test_a_witness_cosigns_and_its_time_is_read():
    note = sign_note(BODY, LOG) + cosign(BODY, WITNESS, 1716508800)
    key = VerifierKey(WITNESS.name, WITNESS.public_key, COSIGNATURE_V1)
    assert read_note(note, [key]) == (BODY, {str(key): 1716508800})
    assert len(read_note(note, [key, VerifierKey.parse(vkey_of(LOG))])[1]) == 2
    assert VerifierKey.parse(str(key)) == key


def test_unknown_signers_are_passed_over_but_one_known_must_sign():
    note = sign_note(BODY, LOG, WITNESS)
    assert list(read_note(note, [VerifierKey.parse(vkey_of(LOG))])[1]) == [vkey_of(LOG)]
    with pytest.raises(NoteError, match="not signed"):
        read_note(note, [VerifierKey.parse(EXAMPLE_KEY)])


def test_every_changed_character_is_noticed():
    note, key = sign_note(BODY, LOG), VerifierKey.parse(vkey_of(LOG))
    accepted = []
    for place in range(len(note)):
        bent = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
        try:
            read_note(bent, [key])
        except NoteError:
            continue
        accepted.append(place)
    assert accepted == []


@pytest.mark.parametrize(
    "note",
    [
        "",
        BODY,
        BODY + "\n",
        sign_note(BODY, LOG)[:-1],
        sign_note(BODY, LOG) + "\n",
        sign_note(BODY, LOG) + "no signature\n",
        sign_note(BODY, LOG).replace("— fz", "- fz"),
        sign_note(BODY, LOG) + sign_note(BODY, LOG).rpartition("\n\n")[2],
    ],
)
def test_a_malformed_note_is_refused(note):
    with pytest.raises(NoteError):
        read_note(note, [VerifierKey.parse(vkey_of(LOG))])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "origin\n",
        "origin\n7\n",
        "\n7\n" + base64.b64encode(EMPTY_ROOT).decode() + "\n",
        "origin\n07\n" + base64.b64encode(EMPTY_ROOT).decode() + "\n",
        "origin\n-7\n" + base64.b64encode(EMPTY_ROOT).decode() + "\n",
        "origin\n7\n" + base64.b64encode(EMPTY_ROOT[:-1]).decode() + "\n",
        "origin\n7\nroot\n",
        "origin\n7\n" + base64.b64encode(EMPTY_ROOT).decode(),
        "origin\r\n7\n" + base64.b64encode(EMPTY_ROOT).decode() + "\n",
    ],
)
def test_other_bodies_are_no_checkpoints(body):
    with pytest.raises(NoteError):
        parse_checkpoint(body)


def test_a_body_with_control_characters_is_not_signed():
    with pytest.raises(NoteError, match="control"):
        sign_note("a\tb\n", LOG)
