"""An independent judge of secure networks, written from src/consensus/secure/README.md alone.

Python's standard library only; it shares nothing with the TypeScript program. Read as a module it is the rules; as a program it answers
requests, one JSON object a line on stdin, one JSON line each on stdout (see `answer` at the end).
"""

import hashlib
import json
import re
import sys

MAX_INT = 2**53 - 1
MAX_MONEY = 8_400_000_000_000_000
U32 = 2**32 - 1


class Refused(Exception):
    """A rule is broken; the code says which."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


# --- JSON -----------------------------------------------------------------------------------------------------------------------------


def _object(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise Refused("bad-format")
    return dict(pairs)


def _integer(text):
    number = int(text)
    if text == "-0" or abs(number) > MAX_INT:
        raise Refused("bad-format")
    return number


def _no_number(_text):
    raise Refused("bad-format")


def read_json(data):
    """Reads strict JSON of bytes or text: no key twice, integers alone, whole Unicode."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text.encode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError):
        # UnicodeError is a ValueError, too: half a surrogate pair, or no UTF-8 at all.
        raise Refused("bad-format") from None


def jcs(value):
    """RFC 8785 of what occurs here: all keys are ASCII, all numbers integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


# --- Hashes ---------------------------------------------------------------------------------------------------------------------------


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(digest):
    return digest[::-1].hex()


def hidden(text):
    """The bytes of a shown hash, in the order in which they are hashed."""
    return bytes.fromhex(text)[::-1]


# --- Addresses: BIP 350 ---------------------------------------------------------------------------------------------------------------

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32M = 0x2BC830A3


def _polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> i & 1:
                check ^= generator
    return check


def _expanded(hrp):
    return [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]


def address_of_hash(hrp, key_hash):
    bits = "".join(f"{byte:08b}" for byte in key_hash)
    words = [0] + [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    check = _polymod(_expanded(hrp) + words + [0] * 6) ^ BECH32M
    words += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(CHARSET[word] for word in words)


def address_of(hrp, public_key):
    return address_of_hash(hrp, hashlib.sha256(public_key).digest()[:20])


def hash_of_address(hrp, text):
    """The 20 bytes of an address, or None where it is none of this network."""
    data = text[len(hrp) + 1 :]
    if not text.startswith(hrp + "1") or len(data) != 1 + 32 + 6 or any(c not in CHARSET for c in data):
        return None
    words = [CHARSET.index(c) for c in data]
    if _polymod(_expanded(hrp) + words) != BECH32M or words[0] != 0:
        return None
    bits = "".join(f"{word:05b}" for word in words[1:33])
    return bytes(int(bits[i : i + 8], 2) for i in range(0, 160, 8))


# --- Ed25519: RFC 8032, 5.1 -----------------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def _add(a, b):
    """Extended coordinates, 5.1.4."""
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t = 2 * a[3] * b[3] * D % P
    z = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    result = NEUTRAL
    while number > 0:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


def _is_neutral(point):
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def _encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(data):
    """A point, or None where the bytes are none, or no canonical encoding of one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & 2**255 - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = _decode(bytes([0x58]) + bytes([0x66] * 31))


def signature_fault(public_key, message, signature):
    """bad-public-key, bad-signature, or None."""
    point = _decode(public_key)
    if point is None or _is_neutral(_times(8, point)):
        return "bad-public-key"
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
    minus_key = (P - point[0], point[1], point[2], P - point[3])
    if len(signature) != 64 or s >= L or _encode(_add(_times(s, BASE), _times(k, minus_key))) != r:
        return "bad-signature"
    return None


def sign(secret, message):
    """5.1.6, for those who make vectors. Returns the public key and the signature."""
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    public_key = _encode(_times(scalar, BASE))
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % L
    r = _encode(_times(nonce, BASE))
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
    return public_key, r + ((nonce + k * scalar) % L).to_bytes(32, "little")


# --- Targets --------------------------------------------------------------------------------------------------------------------------


def target_of(bits):
    """Bitcoin Core's SetCompact; None where negative, zero or overflowing."""
    size, word = bits >> 24, bits & 0x7FFFFF
    if size <= 3:
        word >>= 8 * (3 - size)
        target = word
    else:
        target = word << 8 * (size - 3)
    negative = word != 0 and bits & 0x800000
    overflow = word != 0 and (size > 34 or (word > 0xFF and size > 33) or (word > 0xFFFF and size > 32))
    return None if negative or overflow or target == 0 else target


def compact(target):
    """Bitcoin Core's GetCompact."""
    size = (target.bit_length() + 7) // 8
    word = target << 8 * (3 - size) if size <= 3 else target >> 8 * (size - 3)
    if word & 0x800000:
        word >>= 8
        size += 1
    return size << 24 | word


def work(target):
    return 2**256 // (target + 1)


def next_bits(definition, index, parent_bits, parent_time, grandparent_time):
    if index < 4:
        return int(definition["genesis_bits"], 16)
    smoothing, block_time = definition["smoothing"], definition["block_time"]
    if smoothing == 0:
        return parent_bits
    solve = min(max(parent_time - grandparent_time, 1), definition["max_solve_time"])
    target = target_of(parent_bits) * ((smoothing - 1) * block_time + solve) // (smoothing * block_time)
    return compact(max(1, min(target, target_of(int(definition["pow_limit"], 16)))))


# --- Definitions ----------------------------------------------------------------------------------------------------------------------


def _is_bits(value):
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{8}", value):
        return False
    target = target_of(int(value, 16))
    return target is not None and compact(target) == int(value, 16)


def _text(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _range(low, high=MAX_INT):
    return lambda value: type(value) is int and low <= value <= high


DEFINITION = {
    "name": _text("[a-z0-9-]{1,64}"),
    "rules": _text("secure"),
    "hrp": _text("[a-z][a-z0-9]{0,49}"),
    "genesis_time": _range(0, U32),
    "genesis_bits": _is_bits,
    "pow_limit": _is_bits,
    "block_time": _range(1),
    "max_solve_time": _range(1),
    "smoothing": _range(0),
    "future_limit": _range(0),
    "subsidy": _range(0),
    "halving_interval": _range(1),
    "max_block_bytes": _range(1000, 1_000_000),
}


def checked_definition(value):
    if not isinstance(value, dict) or set(value) != set(DEFINITION):
        raise Refused("bad-definition")
    if not all(holds(value[field]) for field, holds in DEFINITION.items()):
        raise Refused("bad-definition")
    if target_of(int(value["genesis_bits"], 16)) > target_of(int(value["pow_limit"], 16)):
        raise Refused("bad-definition")
    if 2 * value["subsidy"] * value["halving_interval"] > MAX_MONEY:
        raise Refused("bad-definition")
    return value


def read_definition(text):
    try:
        return checked_definition(read_json(text))
    except Refused:
        raise Refused("bad-definition") from None


def genesis_of(definition):
    block = {
        "index": 1,
        "version": 536870912,
        "previous_hash": "0" * 64,
        "merkle_root": shown(sha256d(jcs(definition))),
        "timestamp": definition["genesis_time"],
        "bits": definition["genesis_bits"],
        "proof": 0,
        "extra_nonce": "0" * 16,
        "transactions": [],
    }
    return {**block, "hash": block_hash(block)}


def subsidy(definition, index):
    halvings = (index - 2) // definition["halving_interval"]
    return 0 if halvings >= 64 else definition["subsidy"] >> halvings


# --- Transactions and blocks ----------------------------------------------------------------------------------------------------------


def _hex(digits):
    return _text(f"[0-9a-f]{{{digits}}}")


def _is_string(value):
    return isinstance(value, str)


COINBASE = {
    "sender": _is_string,
    "recipient": _is_string,
    "amount": _range(-MAX_INT),
    "nonce": _range(0),
}
TRANSFER = {**COINBASE, "fee": _range(-MAX_INT), "public_key": _hex(64), "signature": _hex(128)}
BLOCK = {
    "index": _range(1),
    "version": _range(-(2**31), 2**31 - 1),
    "previous_hash": _hex(64),
    "merkle_root": _hex(64),
    "timestamp": _range(0, U32),
    "bits": _hex(8),
    "proof": _range(0, U32),
    "extra_nonce": _hex(16),
    "transactions": lambda value: isinstance(value, list),
    "hash": _hex(64),
}


def _check_form(value, form, optional=None):
    if not isinstance(value, dict):
        raise Refused("bad-format")
    optional = optional or {}
    if not set(form) <= set(value) <= set(form) | set(optional):
        raise Refused("bad-format")
    for field, given in value.items():
        if not (form.get(field) or optional[field])(given):
            raise Refused("bad-format")


def check_transaction_form(value):
    is_coinbase = isinstance(value, dict) and value.get("sender") == "0"
    _check_form(value, COINBASE if is_coinbase else TRANSFER, {"memo": _is_string})


def read_block(data):
    """Rules 1 and 2."""
    block = read_json(data)
    _check_form(block, BLOCK)
    for transaction in block["transactions"]:
        check_transaction_form(transaction)
    if block_hash(block) != block["hash"]:
        raise Refused("bad-hash")
    return block


def header_of(block):
    return (
        block["version"].to_bytes(4, "little", signed=True)
        + hidden(block["previous_hash"])
        + hidden(block["merkle_root"])
        + block["timestamp"].to_bytes(4, "little")
        + int(block["bits"], 16).to_bytes(4, "little")
        + block["proof"].to_bytes(4, "little")
    )


def block_hash(block):
    return shown(sha256d(header_of(block)))


def transaction_hash(transaction):
    return sha256d(jcs(transaction))


def merkle(transaction_hashes, extra_nonce):
    """The root, and whether two equal nodes that are both there are paired. Hashes as they are hashed."""
    if not transaction_hashes:
        return bytes(32), False
    row = [sha256d(transaction_hashes[0] + extra_nonce)] + transaction_hashes[1:]
    twice = False
    while len(row) > 1:
        twice = twice or any(row[i] == row[i + 1] for i in range(0, len(row) - 1, 2))
        if len(row) % 2:
            row = row + [row[-1]]
        row = [sha256d(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    return row[0], twice


FORBIDDEN = [(0, 0x1F), (0x7F, 0x9F), (0x61C, 0x61C), (0x200E, 0x200F), (0x2028, 0x202E), (0x2066, 0x2069), (0xFEFF, 0xFEFF)]


def check_memo(transaction):
    memo = transaction.get("memo")
    if memo is None:
        return
    if not 1 <= len(memo.encode("utf-8")) <= 140:
        raise Refused("bad-memo")
    if any(low <= ord(c) <= high for c in memo for low, high in FORBIDDEN):
        raise Refused("bad-memo")


def check_address(definition, text):
    if hash_of_address(definition["hrp"], text) is None:
        raise Refused("bad-address")


def signed_bytes(transfer, network_id):
    unsigned = {field: value for field, value in transfer.items() if field != "signature"}
    return jcs({**unsigned, "network": network_id})


def check_transfer(definition, network_id, transfer):
    """Rule 18 of one transfer."""
    check_address(definition, transfer["sender"])
    check_address(definition, transfer["recipient"])
    amount, fee = transfer["amount"], transfer["fee"]
    if amount < 1 or fee < 0 or amount + fee > MAX_MONEY:
        raise Refused("bad-amount")
    check_memo(transfer)
    public_key = bytes.fromhex(transfer["public_key"])
    if address_of(definition["hrp"], public_key) != transfer["sender"]:
        raise Refused("bad-public-key")
    message = signed_bytes(transfer, network_id)
    fault = signature_fault(public_key, message, bytes.fromhex(transfer["signature"]))
    if fault is not None:
        raise Refused(fault)


class Chain:
    """A chain from its first block on, and its ledger."""

    def __init__(self, definition):
        self.definition = definition
        self.blocks = [genesis_of(definition)]
        self.id = self.blocks[0]["hash"]
        self.accounts = {}
        self.work = 0

    def judge(self, block, now):
        """Rules 3 to 20 for the next block. Returns the accounts as they would be."""
        definition, parent = self.definition, self.blocks[-1]
        if block["version"] & ~0x1FFFE000 != 0x20000000:
            raise Refused("bad-version")
        target = target_of(int(block["bits"], 16))
        if target is None or target > target_of(int(definition["pow_limit"], 16)):
            raise Refused("bad-diffbits")
        if int.from_bytes(hidden(block["hash"]), "little") > target:
            raise Refused("high-hash")
        if block["previous_hash"] != parent["hash"]:
            raise Refused("prev-blk-not-found")
        if block["index"] != parent["index"] + 1:
            raise Refused("bad-index")
        grandparent_time = self.blocks[-2]["timestamp"] if len(self.blocks) > 1 else 0
        bits = next_bits(
            definition, block["index"], int(parent["bits"], 16), parent["timestamp"], grandparent_time
        )
        if int(block["bits"], 16) != bits:
            raise Refused("bad-diffbits")
        if block["timestamp"] <= parent["timestamp"]:
            raise Refused("time-too-old")
        if block["timestamp"] > int(now) + definition["future_limit"]:
            raise Refused("time-too-new")
        transactions = block["transactions"]
        if len(jcs(transactions)) > definition["max_block_bytes"]:
            raise Refused("bad-blk-length")
        root, twice = merkle([transaction_hash(each) for each in transactions], bytes.fromhex(block["extra_nonce"]))
        if shown(root) != block["merkle_root"]:
            raise Refused("bad-txnmrklroot")
        if twice:
            raise Refused("bad-txns-duplicate")
        if not transactions or transactions[0]["sender"] != "0":
            raise Refused("bad-cb-missing")
        coinbase, transfers = transactions[0], transactions[1:]
        if any(each["sender"] == "0" for each in transfers):
            raise Refused("bad-cb-multiple")
        if coinbase["nonce"] != block["index"]:
            raise Refused("bad-cb-height")
        check_address(definition, coinbase["recipient"])
        check_memo(coinbase)
        for transfer in transfers:
            check_transfer(definition, self.id, transfer)
        if coinbase["amount"] != subsidy(definition, block["index"]) + sum(each["fee"] for each in transfers):
            raise Refused("bad-cb-amount")
        accounts = dict(self.accounts)
        for transfer in transfers:
            self._pay(accounts, transfer)
        balance, nonce = accounts.get(coinbase["recipient"], (0, 0))
        accounts[coinbase["recipient"]] = (balance + coinbase["amount"], nonce)
        return accounts

    def connect(self, block, now):
        self.accounts = self.judge(block, now)
        self.blocks.append(block)
        self.work += work(target_of(int(block["bits"], 16)))

    def state(self):
        return {
            "length": len(self.blocks),
            "tip": self.blocks[-1]["hash"],
            "work": str(self.work),
            "supply": sum(balance for balance, _ in self.accounts.values()),
            "accounts": {
                address: list(account) for address, account in sorted(self.accounts.items()) if account != (0, 0)
            },
        }

    @staticmethod
    def _pay(accounts, transfer):
        sender, cost = transfer["sender"], transfer["amount"] + transfer["fee"]
        balance, nonce = accounts.get(sender, (0, 0))
        if transfer["nonce"] != nonce:
            raise Refused("bad-nonce")
        if balance < cost:
            raise Refused("insufficient-funds")
        accounts[sender] = (balance - cost, nonce + 1)
        balance, nonce = accounts.get(transfer["recipient"], (0, 0))
        accounts[transfer["recipient"]] = (balance + transfer["amount"], nonce)


def replay(path, now):
    """Judges an exported chain: a header with the definition, then a block a line."""
    with open(path, "rb") as file:
        header = json.loads(file.readline())
        chain = Chain(read_definition(json.dumps(header["definition"])))
        if header["id"] != chain.id:
            raise Refused("bad-definition")
        for number, line in enumerate(file, 1):
            try:
                block = read_block(line)
                if number > 1:
                    chain.connect(block, now)
                elif block != chain.blocks[0]:
                    raise Refused("bad-genesis")
            except Refused as refusal:
                return {"index": number, "code": refusal.code}
    return chain.state()


# --- As a program ---------------------------------------------------------------------------------------------------------------------


class Judge:
    """What it is asked, by the request's `do`."""

    chain = None

    def definition(self, request):
        return {"id": genesis_of(read_definition(request["text"]))["hash"]}

    def start(self, request):
        self.chain = Chain(read_definition(request["definition"]))
        return {"id": self.chain.id}

    def block(self, request):
        """Judges a block as the next one, and changes nothing."""
        self.chain.judge(read_block(request["text"]), request["now"])
        return {"ok": True}

    def connect(self, request):
        self.chain.connect(read_block(request["text"]), request["now"])
        return {"ok": True}

    def state(self, _request):
        return self.chain.state()

    def replay(self, request):
        return replay(request["file"], request["now"])

    def transaction(self, request):
        """Rules 1 and 18, for a transfer that is in no block."""
        transfer = read_json(request["text"])
        check_transaction_form(transfer)
        if transfer["sender"] == "0":
            raise Refused("bad-format")
        check_transfer(self.chain.definition, self.chain.id, transfer)
        return {"id": shown(transaction_hash(transfer))}

    def signature(self, request):
        parts = [bytes.fromhex(request[part]) for part in ("public_key", "message", "signature")]
        return {"code": signature_fault(*parts)}


def answer(judge, line):
    request = json.loads(line)
    try:
        return getattr(judge, request["do"])(request)
    except Refused as refusal:
        return {"code": refusal.code}


def main():
    judge = Judge()
    for line in sys.stdin:
        print(json.dumps(answer(judge, line)), flush=True)


if __name__ == "__main__":
    main()
