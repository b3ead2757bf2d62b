"""Tries the proofs of the tutorial's loop, and prints how many a second. Arguments: what stands before the proof, what after, and for how many seconds."""

import hashlib
import sys
import time


def valid_proof(before, proof, after):
    guess = f"{before}{proof}{after}".encode()
    return hashlib.sha256(guess).hexdigest()[:6] == "000000"


before, after, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
# Proofs of eight digits, as most are that a search for six zeros tries.
first = proof = 10_000_000
start = time.perf_counter()
while time.perf_counter() - start < seconds:
    for _ in range(10_000):
        valid_proof(before, proof, after)
        proof += 1
print((proof - first) / (time.perf_counter() - start))
