#!/usr/bin/env python3
"""Write a /chain answer that holds a valid chain of any size, the same for the same seed."""

import argparse
import hashlib
import itertools
import json
import random

GENESIS_PREVIOUS_HASH = {"article": 1, "bound": "1"}
GENESIS_PROOF = 100
GENESIS_TIME = 1506280650.770839
SECONDS_BETWEEN_BLOCKS = 60
PEOPLE = 1000


# Proofs


def search_proof(last_proof, binding):
    """The smallest proof after last_proof: some 65,000 hashes."""
    start, end = hashlib.sha256(str(last_proof).encode()), binding.encode()
    for proof in itertools.count():
        attempt = start.copy()  # what all attempts begin with is hashed once
        attempt.update(b"%d%b" % (proof, end))
        # Two zero bytes are four hex zeros, and cheaper to look at.
        if attempt.digest().startswith(b"\0\0"):
            return proof


class ArticleProofs:
    """The article's proofs follow from the last proof alone: from 100, 47 steps, then round and round
    a cycle of 61. So a chain of any length costs little more than a hundred searches."""

    def __init__(self):
        self._next = {}

    def after(self, last_proof, _last_hash):
        if last_proof not in self._next:
            self._next[last_proof] = search_proof(last_proof, "")
        return self._next[last_proof]


class BoundProofs:
    """Each proof depends on the whole block before it, so there is nothing to remember."""

    def after(self, last_proof, last_hash):
        return search_proof(last_proof, last_hash)


# Blocks


def make_identity(rng):
    return f"{rng.getrandbits(128):032x}"


def make_amount(rng):
    """Mostly small integers, one in ten with cents."""
    return round(rng.uniform(0.01, 100), 2) if rng.random() < 0.1 else rng.randint(1, 100)


def make_transactions(rng, people, count):
    payments = [
        {"sender": rng.choice(people), "recipient": rng.choice(people), "amount": make_amount(rng)}
        for _ in range(count)
    ]
    return [*payments, {"sender": "0", "recipient": rng.choice(people), "amount": 1}]


def make_chain(rng, length, transactions, edition):
    people = [make_identity(rng) for _ in range(PEOPLE)]
    proofs = {"article": ArticleProofs, "bound": BoundProofs}[edition]()
    block = {
        "index": 1,
        "timestamp": GENESIS_TIME,
        "transactions": [],
        "proof": GENESIS_PROOF,
        "previous_hash": GENESIS_PREVIOUS_HASH[edition],
    }
    chain = [block]
    while len(chain) < length:
        last_hash = hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()
        block = {
            "index": len(chain) + 1,
            # A sum of floats has the 16 or 17 digits that time.time() has.
            "timestamp": block["timestamp"] + rng.expovariate(1 / SECONDS_BETWEEN_BLOCKS),
            "transactions": make_transactions(rng, people, transactions),
            "proof": proofs.after(block["proof"], last_hash),
            "previous_hash": last_hash,
        }
        chain.append(block)
    return chain


# The answer


def shuffle_keys(rng, value):
    """Copy with the keys of every object in random order. Hashes do not change: they sort the keys."""
    if isinstance(value, list):
        return [shuffle_keys(rng, item) for item in value]
    if isinstance(value, dict):
        return {key: shuffle_keys(rng, value[key]) for key in rng.sample(list(value), len(value))}
    return value


def write_answer(rng, answer, form):
    if form == "indented":  # Flask before 1.0, whose lines end in ", "
        return json.dumps(answer, sort_keys=True, indent=2, separators=(", ", ": ")) + "\n"
    if form == "shuffled":
        return json.dumps(shuffle_keys(rng, answer), separators=(",", ":")) + "\n"
    return json.dumps(answer, sort_keys=True, separators=(",", ":")) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, required=True, metavar="N")
    parser.add_argument("--transactions", type=int, default=5, metavar="T", help="in a block, besides the reward")
    parser.add_argument("--edition", choices=GENESIS_PREVIOUS_HASH, default="article")
    parser.add_argument("--form", choices=("compact", "indented", "shuffled"), default="compact")
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    rng = random.Random(arguments.seed)
    chain = make_chain(rng, arguments.blocks, arguments.transactions, arguments.edition)
    with open(arguments.out, "w", encoding="ascii", newline="") as file:
        file.write(write_answer(rng, {"chain": chain, "length": len(chain)}, arguments.form))


if __name__ == "__main__":
    main()
