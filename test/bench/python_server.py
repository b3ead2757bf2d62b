#!/usr/bin/env python3
"""Answer every GET with a small JSON: what a node on Python's http.server can reach at most.

The baseline is fair: connections stay open, each answer leaves in one packet, nothing is logged,
and the JSON is made anew for each request, as a real status would be.
"""

import argparse
import json
import signal
import socketserver
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def status():
    return {
        "network": "tutorial",
        "length": 1000,
        "tip": "c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7",
        "pending": 0,
        "peers": 3,
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    # Head and body are two writes. Sent one by one on a kept connection, the second would wait for
    # the client's delayed ACK (40 ms); buffered, they leave together when the request is done.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        payload = json.dumps(status()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # The default of 5 drops connections when a load generator opens its hundred at once.
    request_queue_size = 512

    # Bind without HTTPServer's reverse lookup of our own name, which takes seconds on some machines.
    server_bind = socketserver.TCPServer.server_bind

    def handle_error(self, *_):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a load generator just hangs up
            super().handle_error(*_)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose a free one")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(("127.0.0.1", arguments.port), Handler) as server:
        print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
