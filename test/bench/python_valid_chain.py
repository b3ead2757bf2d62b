#!/usr/bin/env python3
"""Time how long the tutorial's Python program takes from the bytes of a /chain answer to its verdict.

Prints {"blocks": n, "valid": bool, "seconds": [one for each repetition]}: processor time, which other programs on the
machine disturb less than the clock on the wall.
"""

import argparse
import hashlib
import json
import time


def block_hash(block):
    return hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()


def is_valid_proof(last_proof, proof, binding):
    return hashlib.sha256(f"{last_proof}{proof}{binding}".encode()).hexdigest()[:4] == "0000"


def is_valid_chain(chain, edition):
    for last_block, block in zip(chain, chain[1:]):
        # Hashed once for both the link and the bound proof, as the program does: no straw man.
        last_hash = block_hash(last_block)
        if block["previous_hash"] != last_hash:
            return False
        if not is_valid_proof(last_block["proof"], block["proof"], last_hash if edition == "bound" else ""):
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="the bytes of a /chain answer")
    parser.add_argument("--edition", choices=("article", "bound"), default="article")
    parser.add_argument("--repeat", type=int, default=1, metavar="N")
    arguments = parser.parse_args()

    with open(arguments.file, "rb") as file:
        answer = file.read()

    seconds = []
    for _ in range(arguments.repeat):
        chain = None  # free the last round's chain outside of the clock
        start = time.process_time()
        chain = json.loads(answer)["chain"]
        valid = is_valid_chain(chain, arguments.edition)
        seconds.append(time.process_time() - start)

    print(json.dumps({"blocks": len(chain), "valid": valid, "seconds": seconds}))


if __name__ == "__main__":
    main()
