#!/usr/bin/env python3
"""A node of the tutorial "Learn Blockchains by Building One", for our node to meet in tests.

It stands for the thousands of such nodes in Python, so it is careless where they are: it believes
the `length` that a neighbour claims, takes any JSON as an amount, and answers 500 to nonsense.
It departs from them in two things that would only make tests flaky: a neighbour that cannot be
reached is passed over, and one lock keeps two miners from building on one parent.
"""

import argparse
import hashlib
import http.client
import json
import signal
import socketserver
import sys
import threading
import time
import traceback
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# The two editions refuse each other's chains by the proof, but already their geneses differ in type.
GENESIS_PREVIOUS_HASH = {"article": 1, "bound": "1"}
GENESIS_PROOF = 100
PROOF_PREFIX = "0000"

MINT = "0"
REWARD = 1

NEIGHBOUR_TIMEOUT_S = 5

# The proxies of the environment are not asked: neighbours in tests live on the loopback.
NEIGHBOURHOOD = urllib.request.build_opener(urllib.request.ProxyHandler({}))

JSON_FORMS = {
    # Flask today.
    "compact": lambda value: json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n",
    # Flask before 1.0, whose lines end in ", ".
    "indented": lambda value: json.dumps(value, sort_keys=True, indent=2, separators=(", ", ": ")) + "\n",
    # Whatever else answers in Python: keys in the order they were put in.
    "spaced": json.dumps,
}


# The rules


def block_hash(block):
    return hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()


def proof_binding(edition, last_hash):
    """What a proof is bound to besides the last proof: nothing in the article."""
    return last_hash if edition == "bound" else ""


def is_valid_proof(last_proof, proof, binding):
    guess = f"{last_proof}{proof}{binding}".encode()
    return hashlib.sha256(guess).hexdigest().startswith(PROOF_PREFIX)


def find_proof(last_proof, binding):
    proof = 0
    while not is_valid_proof(last_proof, proof, binding):
        proof += 1
    return proof


def is_valid_chain(chain, edition):
    """Judge links and proofs. Nothing checks block 1, the transactions, or the indexes."""
    if not chain:  # whatever length was claimed for it
        return False
    for last_block, block in zip(chain, chain[1:]):
        last_hash = block_hash(last_block)
        if block["previous_hash"] != last_hash:
            return False
        if not is_valid_proof(last_block["proof"], block["proof"], proof_binding(edition, last_hash)):
            return False
    return True


def make_block(index, transactions, proof, previous_hash):
    return {
        "index": index,
        "timestamp": time.time(),
        "transactions": transactions,
        "proof": proof,
        "previous_hash": previous_hash,
    }


# The network


def host_and_port(address):
    # urlsplit would take the host of a bare "localhost:5000" for a scheme.
    return urlsplit(address if "://" in address else f"http://{address}").netloc


def fetch_chain(neighbour):
    """Ask a neighbour for (claimed length, chain); None when it is not there to answer."""
    try:
        with NEIGHBOURHOOD.open(f"http://{neighbour}/chain", timeout=NEIGHBOUR_TIMEOUT_S) as response:
            if response.status != 200:
                return None
            body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    answer = json.loads(body)
    return answer["length"], answer["chain"]


# The node


class Node:
    """The chain, the pending transactions and the neighbours of one node.

    Blocks never change once they are in a chain, so a copied list of them is a safe snapshot.
    """

    def __init__(self, edition, identity, chain=None):
        self.edition = edition
        self.identity = identity
        self._chain = chain or [make_block(1, [], GENESIS_PROOF, GENESIS_PREVIOUS_HASH[edition])]
        self._pending = []
        self._neighbours = {}  # a dict for a set that keeps its order
        self._lock = threading.Lock()

    def chain(self):
        with self._lock:
            return list(self._chain)

    def add_transaction(self, sender, recipient, amount):
        """Add a transaction to the pending ones and tell the index of the block that will hold it."""
        with self._lock:
            self._pending.append({"sender": sender, "recipient": recipient, "amount": amount})
            return len(self._chain) + 1

    def mine(self):
        # The search is short enough to keep the lock through it: no one else then extends the same parent.
        with self._lock:
            last_block = self._chain[-1]
            last_hash = block_hash(last_block)
            proof = find_proof(last_block["proof"], proof_binding(self.edition, last_hash))
            reward = {"sender": MINT, "recipient": self.identity, "amount": REWARD}
            block = make_block(len(self._chain) + 1, [*self._pending, reward], proof, last_hash)
            self._chain.append(block)
            self._pending = []
            return block

    def register(self, neighbours):
        with self._lock:
            self._neighbours.update(dict.fromkeys(neighbours))
            return list(self._neighbours)

    def resolve(self):
        """Adopt the longest valid chain among the neighbours', if it is strictly longer than ours."""
        with self._lock:
            neighbours, max_length = list(self._neighbours), len(self._chain)

        # Without the lock: two nodes that resolve at the same time would wait for each other's /chain.
        longest = None
        for neighbour in neighbours:
            answer = fetch_chain(neighbour)
            if answer is None:
                continue
            length, chain = answer
            if length > max_length and is_valid_chain(chain, self.edition):
                max_length, longest = length, chain

        with self._lock:
            # We may have mined past it while we asked.
            if longest is None or max_length <= len(self._chain):
                return False
            self._chain = longest
            return True


# The calls: each takes the node and the JSON of the request, and gives (status, text or JSON)


def get_mine(node, _request):
    block = node.mine()
    told = {key: block[key] for key in ("index", "transactions", "proof", "previous_hash")}
    return 200, {"message": "New Block Forged", **told}


def post_transaction(node, request):
    fields = ("sender", "recipient", "amount")
    if not isinstance(request, dict) or not all(field in request for field in fields):
        return 400, "Missing values"
    index = node.add_transaction(*(request[field] for field in fields))
    return 201, {"message": f"Transaction will be added to Block {index}"}


def get_chain(node, _request):
    chain = node.chain()
    return 200, {"chain": chain, "length": len(chain)}


def post_register(node, request):
    addresses = request.get("nodes") if isinstance(request, dict) else None
    if not isinstance(addresses, list):
        return 400, "Error: Please supply a valid list of nodes"
    total_nodes = node.register([host_and_port(address) for address in addresses])
    return 201, {"message": "New nodes have been added", "total_nodes": total_nodes}


def get_resolve(node, _request):
    if node.resolve():
        return 200, {"message": "Our chain was replaced", "new_chain": node.chain()}
    return 200, {"message": "Our chain is authoritative", "chain": node.chain()}


CALLS = {
    ("GET", "/mine"): get_mine,
    ("POST", "/transactions/new"): post_transaction,
    ("GET", "/chain"): get_chain,
    ("POST", "/nodes/register"): post_register,
    ("GET", "/nodes/resolve"): get_resolve,
}


def answer(node, method, path, body):
    call = CALLS.get((method, path))
    if call is None:
        return 404, "Not Found"
    try:
        request = json.loads(body) if method == "POST" else None
    except ValueError:  # not JSON, not Unicode, or an integer with more digits than Python reads
        return 400, "Bad Request"
    return call(node, request)


# The server


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    # Bind without HTTPServer's reverse lookup of our own name, which takes seconds on some machines.
    server_bind = socketserver.TCPServer.server_bind


def make_handler(node, to_json):
    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, content = answer(node, self.command, urlsplit(self.path).path, body)
                # Writing can fail too: what was just read may lie too deep for json.dumps, inside a chain.
                is_text = isinstance(content, str)
                payload = (content if is_text else to_json(content)).encode()
            except Exception:  # as under Flask, a call that breaks costs its answer and not the server
                traceback.print_exc()
                status, is_text, payload = 500, True, b"Internal Server Error"
            self.send(status, "text/html; charset=utf-8" if is_text else "application/json", payload)

        do_GET = do_POST = respond

        def send(self, status, content_type, payload):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    return Handler


def parse_arguments():
    parser = argparse.ArgumentParser(description="A Python node of the tutorial network.")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose a free one")
    parser.add_argument("--edition", choices=GENESIS_PREVIOUS_HASH, default="article")
    parser.add_argument("--json", choices=JSON_FORMS, default="compact", help="the form of the answers")
    parser.add_argument("--chain", type=argparse.FileType("rb"), help="start from this JSON list of blocks")
    parser.add_argument("--identity", default=uuid.uuid4().hex, help="who is paid for mining")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    chain = json.load(arguments.chain) if arguments.chain else None
    node = Node(arguments.edition, arguments.identity, chain)

    # Before the line below, which tells a test that it may already stop us. An exit raised in the
    # main thread leaves serve_forever, where server.shutdown() would wait for itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    with Server(("127.0.0.1", arguments.port), make_handler(node, JSON_FORMS[arguments.json])) as server:
        print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
