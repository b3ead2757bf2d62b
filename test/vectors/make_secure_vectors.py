"""Writes secure.json, beside it: figures of the secure networks, worked out by test/interop/secure_verifier.py and so without this program.

python3 test/vectors/make_secure_vectors.py
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))
import secure_verifier as rules  # noqa: E402

COMMON = {
    "rules": "secure",
    "genesis_time": 1767225600,
    "subsidy": 5_000_000_000,
    "halving_interval": 840_000,
    "max_block_bytes": 1_000_000,
}
SECURE = {
    **COMMON,
    "name": "secure",
    "hrp": "chain",
    "genesis_bits": "1e00ffff",
    "pow_limit": "1f00ffff",
    "block_time": 30,
    "max_solve_time": 3600,
    "smoothing": 40,
    "future_limit": 60,
}
DEV = {
    **COMMON,
    "name": "dev",
    "hrp": "chaindev",
    "genesis_bits": "207fffff",
    "pow_limit": "207fffff",
    "block_time": 1,
    "max_solve_time": 10,
    "smoothing": 0,
    "future_limit": 86400,
}
# RFC 8032, 7.1: the secret keys of tests 1 and 2.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
OTHER_SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")


def mined(block):
    """With the transactions' root and the smallest proof."""
    hashes = [rules.transaction_hash(each) for each in block["transactions"]]
    root, _ = rules.merkle(hashes, bytes.fromhex(block["extra_nonce"]))
    block = {**block, "merkle_root": rules.shown(root), "proof": 0}
    target = rules.target_of(int(block["bits"], 16))
    while int(rules.block_hash(block), 16) > target:
        block["proof"] += 1
    return {**block, "hash": rules.block_hash(block)}


def next_block(parent, miner, transfers, memo=None):
    index = parent["index"] + 1
    amount = 5_000_000_000 + sum(each["fee"] for each in transfers)
    coinbase = {"sender": "0", "recipient": miner, "amount": amount, "nonce": index}
    if memo is not None:
        coinbase["memo"] = memo
    return mined(
        {
            "index": index,
            "version": 0x20000000,
            "previous_hash": parent["hash"],
            "timestamp": parent["timestamp"] + 7,
            "bits": "207fffff",
            "extra_nonce": "0000000000000000",
            "transactions": [coinbase, *transfers],
        }
    )


def retargets():
    cases = []
    for parent_bits in ("1e00ffff", "1d00ffff", "1f00ffff", "1e7fffff", "03000001", "1c123456"):
        for solve in (-5, 0, 1, 29, 30, 31, 600, 3600, 3601, 1_000_000):
            bits = rules.next_bits(SECURE, 4, int(parent_bits, 16), 2_000_000_000 + solve, 2_000_000_000)
            cases.append({"parent_bits": parent_bits, "solve": solve, "bits": f"{bits:08x}"})
    return cases


def targets():
    cases = []
    for bits in (
        "00000000 00123456 01003456 02000056 03000000 04000000 00923456 01803456 02800056 03800000 04800000 01123456 "
        "01fedcba 02123456 03123456 04123456 04923456 05009234 20123456 ff123456 1d00ffff 207fffff 2100ffff 22000101 23000001"
    ).split():
        target = rules.target_of(int(bits, 16))
        cases.append(
            {
                "bits": bits,
                "target": None if target is None else f"{target:064x}",
                "work": None if target is None else str(rules.work(target)),
                "compact": None if target is None else f"{rules.compact(target):08x}",
            }
        )
    return cases


def roots():
    extra = bytes.fromhex("0123456789abcdef")
    ids = [rules.sha256d(bytes([i])) for i in range(9)]
    return [
        {
            "ids": [rules.shown(each) for each in ids[:count]],
            "extra_nonce": extra.hex(),
            "root": rules.shown(rules.merkle(ids[:count], extra)[0]),
        }
        for count in range(10)
    ]


def main():
    public_key, _ = rules.sign(SECRET, b"")
    other_key, _ = rules.sign(OTHER_SECRET, b"")
    address, other = rules.address_of("chaindev", public_key), rules.address_of("chaindev", other_key)
    chain = rules.Chain(DEV)
    second = next_block(chain.blocks[0], address, [], memo="Grüße ☕")
    chain.connect(second, 2_000_000_000)
    unsigned = {
        "sender": address,
        "recipient": other,
        "amount": 1_250_000_000,
        "fee": 1000,
        "nonce": 0,
        "memo": 'für "Bob" \\ 커피',
        "public_key": public_key.hex(),
    }
    message = rules.signed_bytes(unsigned, chain.id)
    transfer = {**unsigned, "signature": rules.sign(SECRET, message)[1].hex()}
    third = next_block(second, other, [transfer])
    chain.connect(third, 2_000_000_000)
    vectors = {
        "source": "test/vectors/make_secure_vectors.py, by test/interop/secure_verifier.py: Python's standard library and the rules in src/consensus/secure/README.md",
        "networks": [
            {"definition": each, "jcs": rules.jcs(each).decode(), "id": rules.genesis_of(each)["hash"]}
            for each in (SECURE, DEV)
        ],
        "addresses": [
            {"public_key": key.hex(), "secure": rules.address_of("chain", key), "dev": rules.address_of("chaindev", key)}
            for key in (public_key, other_key)
        ],
        "transfer": {
            "network": chain.id,
            "secret_key": SECRET.hex(),
            "signed": message.decode(),
            "transaction": transfer,
            "jcs": rules.jcs(transfer).decode(),
            "id": rules.shown(rules.transaction_hash(transfer)),
        },
        "chain": {"network": "dev", "blocks": chain.blocks, "state": chain.state()},
        "subsidies": [
            {"index": index, "subsidy": rules.subsidy(SECURE, index)}
            for index in (2, 3, 840_001, 840_002, 1_680_001, 1_680_002, 27_720_001, 53_760_001, 53_760_002)
        ],
        "targets": targets(),
        "retargets": {"network": "secure", "cases": retargets()},
        "merkle_roots": roots(),
    }
    (HERE / "secure.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main()
