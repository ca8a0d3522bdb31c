"""A tiny stand-in for a role: serves, crashes or ignores SIGTERM."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, *_):
        pass


mode, port = sys.argv[1], int(sys.argv[2])
print(f"{mode} begins", flush=True)
if mode == "crash":
    sys.exit("nothing to serve")
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else lambda *_: sys.exit(0))
HTTPServer(("127.0.0.1", port), Ready).serve_forever()
