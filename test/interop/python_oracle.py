#!/usr/bin/env python3
"""Say what Python makes of JSON texts and floats: the oracle of the differential tests.

Reads lines from stdin and writes one line for each:

  (no flag)   JSON text             ok <sha256> <json.dumps(value, sort_keys=True)>
  --str       JSON text             <json.dumps(str(value))>
  --floats    float64 as 16 hex     <repr(float)>
              digits, big-endian

Where Python raises, the line is `refused <ExceptionName>`. Lines are handed to json.loads as bytes,
as Flask does with a request: a BOM is skipped, and NUL bytes make it guess at UTF-16 or UTF-32.
"""

import argparse
import hashlib
import json
import struct
import sys

READ_SIZE = 1 << 20

# json.dumps(value, sort_keys=True) would build this encoder anew for every line.
canonical = json.JSONEncoder(sort_keys=True).encode


def describe_json(line):
    text = canonical(json.loads(line))
    return f"ok {hashlib.sha256(text.encode()).hexdigest()} {text}"


def describe_str(line):
    return json.dumps(str(json.loads(line)))


def describe_float(line):
    (value,) = struct.unpack(">d", bytes.fromhex(line.decode()))
    return repr(value)


def describe_or_refuse(describe, line):
    # Writing may refuse what reading took (a nesting too deep), and then a Python node has no hash either.
    try:
        return describe(line)
    except Exception as error:
        return f"refused {type(error).__name__}"


def read_batches(stream):
    """Yield lists of whole lines, one list for each read that completes a line."""
    unfinished = []  # the pieces of a long line, joined once, not at each read
    while chunk := stream.read1(READ_SIZE):
        first, *rest = chunk.split(b"\n")
        unfinished.append(first)
        if rest:
            *lines, last = rest
            yield [b"".join(unfinished), *lines]
            unfinished = [last]
    if any(unfinished):
        yield [b"".join(unfinished)]


def main():
    parser = argparse.ArgumentParser(description="Say what Python makes of JSON texts and floats.")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--str", dest="describe", action="store_const", const=describe_str, default=describe_json)
    modes.add_argument("--floats", dest="describe", action="store_const", const=describe_float)
    describe = parser.parse_args().describe

    # A flush for each batch serves both a file of a million lines and a test that asks line by line.
    for lines in read_batches(sys.stdin.buffer):
        answers = "".join(describe_or_refuse(describe, line) + "\n" for line in lines)
        sys.stdout.buffer.write(answers.encode())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
