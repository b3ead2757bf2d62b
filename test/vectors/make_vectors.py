#!/usr/bin/env python3
"""Write the tables of what Python makes of JSON texts, of floats and of the article's proofs, next to this file.

They serve machines without Python; the tests in test/property ask Python itself, and about far more.
"""

import hashlib
import json
import math
import pathlib
import platform
import random
import struct

HERE = pathlib.Path(__file__).parent
SOURCE = f"CPython {platform.python_version()}, test/vectors/make_vectors.py"

GENESIS = '{"index":1,"timestamp":1506280650.770839,"transactions":[],"proof":100,"previous_hash":%s}'
PAGE_BLOCK = (
    '{"index":2,"previous_hash":"00","proof":35293,"timestamp":1700000000.0,'
    '"transactions":[{"sender":%s,"recipient":"b","amount":%s}]}'
)

# The first seven stand in the design, tutorial-network.md, with these hashes.
TEXTS = {
    "genesis of the article": GENESIS % "1",
    "genesis of the program on GitHub": GENESIS % '"1"',
    "whole-second timestamp, amount 1": PAGE_BLOCK % ('"a"', "1"),
    "amount 1.0": PAGE_BLOCK % ('"a"', "1.0"),
    "amount 1e16": PAGE_BLOCK % ('"a"', "1e16"),
    "amount 0.00001": PAGE_BLOCK % ('"a"', "0.00001"),
    "sender beyond ASCII, amount beyond 2^53": PAGE_BLOCK % ('"é😀\x7f"', "12345678901234567890"),
    "1.0 is not 1": "[1, 1.0]",
    "1e16 changes to an exponent, 1e15 does not": "[1e15, 9999999999999998.0, 1e16, 10000000000000002.0]",
    "0.0001 has no exponent, 0.00001 has one": "[0.0001, 0.00009999999999999999, 0.00001]",
    "-0.0 keeps its sign, -0 is 0": "[-0.0, -0, 0.0, 0, -0e0, -0E+5, 0e-5]",
    "integers above 2^53 are exact": "[9007199254740993, -9007199254740993, 123456789012345678901234567890]",
    "1e2 is the float 100.0": "[1e2, 1E2, 1e+2, 1E+02, 100e0, 1000e-1]",
    "exponent of one digit gets two": "[1e-5, 1e-9, 1e-10, 1e-100, 1e16, 1e99, 1e100]",
    "trailing zeros of a fraction": "[1.10, 1.100000, 10.0, 10.00, 0.10, 0.100]",
    "fraction without a whole part": "[0.5, 0.05, 0.005, 0.0005, 0.00005]",
    "15, 16 and 17 digits": "[0.123456789012345, 123456789012345.6, 1234567890.1234567, 1506280650.7708390]",
    "16 digits that are not shortest": "[0.1000000000000000055, 0.30000000000000004, 9007199254740993.0]",
    "a decimal of 15 digits with a point at the end": "[12345678901234.5, 99999999999999.9, 999999999999999.9]",
    "largest, smallest normal and subnormal": "[1.7976931348623157e308, 2.2250738585072014e-308, 5e-324, 4.9e-324]",
    "underflow is zero": "[1e-400, -1e-400, 0.0000000000e-999]",
    "halves between two floats": "[2.2250738585072011e-308, 9007199254740992.5, 9007199254740993.5, 5e-325, 2.5e-324]",
    "an integer of 4300 digits": "[" + "7" * 4300 + "]",
    "a negative integer of 4300 digits": "-" + "9" * 4300,
    "key order by code point, not by UTF-16 unit": '{"\\uffff":1,"😀":2,"\\ue000":3,"z":4,"é":5}',
    "key order with lone surrogates": '{"\\ud83d":1,"\\ud83d\\ude00":2,"\\ude00":3,"\\udfff":4,"\\ue000":5}',
    "key order of prefixes": '{"ab":1,"a":2,"":3,"abc":4,"a\\u0000":5,"a ":6,"a!":7}',
    "key order around the quote and the backslash": '{"\\"":1,"!":2,"#":3,"\\\\":4,"[":5,"]":6,"\\u005b\\"":7}',
    "key order around DEL": '{"~":1,"\\u007f":2,"\\u0080":3,"}":4}',
    "key order of digits": '{"10":1,"9":2,"1":3,"01":4,"-1":5}',
    "key order of capitals": '{"b":1,"B":2,"a":3,"A":4,"_":5}',
    "key order at depth": '{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":{}}',
    "seventeen keys": "{" + ",".join(f'"{key}":{i}' for i, key in enumerate("qwertyuiopasdfghj")) + "}",
    "forty keys, each twice": "{" + ",".join(f'"k{i % 40}":{i}' for i in range(80)) + "}",
    "of duplicate keys the last wins": '{"a":1,"b":2,"a":3}',
    "of duplicate keys in other spellings the last wins": '{"\\u0061":1,"a":2,"b":0,"\\u0061":3}',
    "a duplicate key takes the whole value along": '{"a":{"x":1},"a":{"y":2}}',
    "a duplicate of an astral key": '{"😀":1,"\\ud83d\\ude00":2,"\\uD83D\\uDE00":3}',
    "__proto__ is an ordinary key": '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"a":3}',
    "__proto__ twice": '{"__proto__":1,"__proto__":[2]}',
    "é is escaped": '"é"',
    "DEL is escaped": '"\x7f"',
    "the last before DEL is not": '"~"',
    "astral characters become pairs": '"😀𐀀\U0010ffff"',
    "a pair of escapes is one character": '"\\uD83D\\uDE00"',
    "lone surrogates": '"\\ud83d \\ude00\\ud83d"',
    "a pair in the wrong order": '"\\ude00\\ud83d"',
    "a lone surrogate in front of a character": '["\\ud83d\\u0041","\\ud83dA","\\ud83d\\n"]',
    "hex digits are lower case": '"\\u00AB\\u00CD\\uFFFF\\u00ef"',
    "control characters": '"' + "".join(f"\\u{c:04x}" for c in range(32)) + '"',
    "the short escapes": '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    "escapes of plain characters": '"\\u0041\\u005c\\u0022\\u002f\\u0008"',
    "line separators": '"\u2028\u2029\ufeff\ufffd\uffff"',
    "first and last of each length of UTF-8": '"\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"',
    "white space between the parts": ' \t\r\n{ \n"a"\t:\r[ 1 ,\n2 ] , "b" : { } }\r\n ',
    "no white space at all": '{"a":[1,2,{"b":[]}],"c":{}}',
    "empty object and array": '[{},[],"",{"":{}}]',
    "the three words": '{"t":true,"f":false,"n":null}',
    "a text alone": '"alone"',
    "a number alone": "35293",
    "a word alone": " null ",
    "nesting of 900 arrays": "[" * 900 + "]" * 900,
    "nesting of 300 objects": '{"a":' * 300 + "1" + "}" * 300,
    "a string longer than any buffer": '"' + "x" * 5000 + "é" * 2000 + '"',
    "a block with fields of its own": '{"zeta":1,"index":2,"alpha":[1.50],"proof":true,"previous_hash":null,"transactions":{}}',
    "a block of the first Flask, indented": '{\n  "index": 1, \n  "proof": 100, \n  "transactions": []\n}\n',
    "the article's first payment": (
        '{"index":2,"timestamp":1506280664.717925,"proof":35293,"previous_hash":"c099bc","transactions":'
        '[{"sender":"0","recipient":"8bbcb347e0634905b0cac7955bae152b","amount":1}]}'
    ),
}

REFUSED = [
    "",
    " ",
    "{",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    '{"a" 1}',
    '{"a":}',
    "[1 2]",
    "01",
    "-01",
    "+1",
    ".5",
    "1.",
    "1.e5",
    "1e",
    "1e+",
    "-",
    "--1",
    "0x10",
    "1_000",
    "tru",
    "True",
    "None",
    "undefined",
    "nan",
    '"',
    '"\\',
    '"\\x41"',
    '"\\u12"',
    '"\\u12g4"',
    '"\\u 123"',
    '"a\tb"',
    '"a\x00b"',
    "1 2",
    "[] []",
    "{}x",
    "// comment\n1",
    "]",
    "\u00a01",
    "\ufeff1",
    "7" * 4301,
]

# What Python reads and we do not: no other reader of JSON could read it back from us.
ONLY_PYTHON = ["NaN", "Infinity", "-Infinity", "[1, NaN]", "1e309", "-1e400", '{"a": 1.8e308, "a": 1}']


def json_rows():
    rows = []
    for what, text in TEXTS.items():
        printed = json.dumps(json.loads(text), sort_keys=True)
        digest = hashlib.sha256(printed.encode()).hexdigest()
        rows.append({"what": what, "text": text, "printed": printed, "sha256": digest})
    return rows


def is_read(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# Floats


def float_of(bits):
    return struct.unpack(">d", struct.pack(">Q", bits))[0]


def bits_of(value):
    return struct.unpack(">Q", struct.pack(">d", value))[0]


def interesting_floats():
    rng = random.Random(2017)
    borders = [1e-5, 1e-4, 1e-3, 0.1, 1.0, 2.0**53, 1e15, 1e16, 1e17, 1e21, 1e22, 1e23, 1e100, 2.0**-1022, 1e-6, 1e-7]
    values = [0.0, -0.0, 5e-324, 1e-323, 2.2250738585072009e-308, 1.7976931348623157e308, 0.3, 0.1 + 0.2, 1 / 3, 2 / 3]
    values += [math.pi, math.e, 1506280650.770839, 1506280650.0, 1700000000.0, 100.0, 9007199254740993.0, 123456789.125]
    for border in borders:
        values += [border, math.nextafter(border, 0), math.nextafter(border, math.inf), -border]
    values += [10.0**exponent for exponent in range(-20, 25)]
    values += [2.0**exponent for exponent in (-1074, -1073, -1000, -100, -20, -14, -13, 52, 54, 60, 70, 1000, 1023)]
    while len(values) < 190:
        values.append(float_of(rng.getrandbits(64) & ~(0x400 << 52)))
    while len(values) < 230:
        values.append(round(rng.uniform(0, 10), rng.randrange(1, 17)) * 10.0 ** rng.randrange(-8, 20))
    return values


def write(name, content):
    (HERE / name).write_text(json.dumps({"source": SOURCE, **content}, indent=1) + "\n", encoding="ascii", newline="")


def article_proofs():
    """From 100, 47 steps, then round and round a cycle of 61: the article has no other proofs."""
    proofs = [100]
    while proofs[-1] not in proofs[:-1]:
        proof = 0
        while not hashlib.sha256(f"{proofs[-1]}{proof}".encode()).digest().startswith(b"\0\0"):
            proof += 1
        proofs.append(proof)
    return proofs


def main():
    assert not any(map(is_read, REFUSED)) and all(map(is_read, ONLY_PYTHON))
    write("python-json.json", {"read": json_rows(), "refused": REFUSED, "only_python": ONLY_PYTHON})
    # By their bits, because -0.0 equals 0.0.
    floats = {f"{bits_of(value):016x}": repr(value) for value in interesting_floats()}
    write("python-floats.json", {"reprs": floats})
    write("article-proofs.json", {"proofs": article_proofs()})


if __name__ == "__main__":
    main()
