"""Writes wallet.json: what others published of BIP 39 and SLIP-0010, and addresses that Python's standard library derives of words."""

import hashlib
import hmac
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "interop"))

import secure_verifier as rules  # noqa: E402

# https://github.com/trezor/python-mnemonic/blob/master/vectors.json: entropy and words, those of 12 and 24 words.
BIP39 = [
    ("00000000000000000000000000000000", "abandon " * 11 + "about"),
    ("7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f", "legal winner thank year wave sausage worth useful legal winner thank yellow"),
    ("80808080808080808080808080808080", "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"),
    ("ffffffffffffffffffffffffffffffff", "zoo " * 11 + "wrong"),
    ("00" * 32, "abandon " * 23 + "art"),
    ("7f" * 32, "legal winner thank year wave sausage worth useful " * 2 + "legal winner thank year wave sausage worth title"),
    ("80" * 32, "letter advice cage absurd amount doctor acoustic avoid " * 2 + "letter advice cage absurd amount doctor acoustic bless"),
    ("ff" * 32, "zoo " * 23 + "vote"),
    ("9e885d952ad362caeb4efe34a8e91bd2", "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic"),
    ("68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c", "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length"),
    ("c0ba5a8e914111210f2bd131f3d5e08d", "scheme spot photo card baby mountain device kick cradle pact join borrow"),
    ("9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863", "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside"),
    ("23db8160a31d3e0dca3688ed941adbf3", "cat swing flag economy stadium alone churn speed unique patch report train"),
    ("066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad", "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform"),
    ("f30f8c1da665478f49b001d94c5fc452", "vessel ladder alter error federal sibling chat ability sun glass valve picture"),
    ("f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f", "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold"),
]

# https://github.com/satoshilabs/slips/blob/master/slip-0010.md, test vectors 1 and 2 for ed25519: seed, path, private key.
SLIP10 = [
    ("000102030405060708090a0b0c0d0e0f", "", "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7"),
    ("000102030405060708090a0b0c0d0e0f", "0 1 2 2 1000000000", "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793"),
    ("fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542", "0 2147483647 1 2147483646 2", "551d333177df541ad876a60ea71f00447931c0a9da16f227c11ea080d7391b8d"),
]


def derive(seed, path):
    """SLIP-0010 for ed25519: every step is hardened."""
    digest = hmac.new(b"ed25519 seed", seed, hashlib.sha512).digest()
    for step in path:
        data = b"\0" + digest[:32] + (0x80000000 + step).to_bytes(4, "big")
        digest = hmac.new(digest[32:], data, hashlib.sha512).digest()
    return digest[:32]


def seed_of(words):
    return hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)


def public_key_of(private_key):
    public_key, _ = rules.sign(private_key, b"")
    return public_key


def main():
    for seed, path, private_key in SLIP10:
        steps = [int(step) for step in path.split()]
        assert derive(bytes.fromhex(seed), steps).hex() == private_key, "this program is wrong"
    wallets = []
    for entropy, words in (BIP39[0], BIP39[9]):
        words = words.strip()
        keys = [public_key_of(derive(seed_of(words), [44, 1, i])) for i in range(3)]
        wallets.append({"words": words, "accounts": [{"public_key": key.hex(), "secure": rules.address_of("chain", key)} for key in keys]})
    vectors = {
        "source": "test/vectors/make_wallet_vectors.py",
        "bip39": [{"entropy": entropy, "words": words.strip()} for entropy, words in BIP39],
        "slip10": [{"seed": seed, "path": path, "private_key": key} for seed, path, key in SLIP10],
        "wallets": wallets,
    }
    (HERE / "wallet.json").write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


main()
