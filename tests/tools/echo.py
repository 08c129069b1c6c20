"""A WebSocket server that sends everything back (port), with compression and the sub-protocols `chat` and `other`: ECHO.py serve PORT;
and clients of it through the door: ECHO.py ask DOOR COOKIE talks, ECHO.py wait DOOR COOKIE says how it was ended."""

import os
import sys

from websockets.sync.client import connect
from websockets.sync.server import serve


def echo(socket):
    for message in socket:
        socket.send(message)


def page(connection, request):
    """Something to look at, for browsers: a page to open sockets from."""
    if request.path.endswith("/page"):
        return connection.respond(200, "a page\n")


def ask(door, cookie):
    address = door.replace("http", "ws", 1) + "/echo"
    with connect(address, additional_headers={"Cookie": cookie}, subprotocols=["chat"], max_size=None) as socket:
        extension = socket.response.headers["Sec-WebSocket-Extensions"]
        print(socket.subprotocol, extension.split(";")[0], socket.response.headers["Connection"])
        for message in ["a" * 1_000_000, os.urandom(1_000_000), "", b"", "\u00e4\u20ac"]:
            socket.send(message)
            assert socket.recv(timeout=60) == message
        assert socket.ping().wait(timeout=60)
        socket.close(1000, "done")
        print(socket.close_code, socket.close_reason)


def wait(door, cookie):
    with connect(door.replace("http", "ws", 1) + "/echo", additional_headers={"Cookie": cookie}, subprotocols=["chat"]) as socket:
        for _ in socket:
            pass
        print(socket.close_code, socket.close_reason)


if sys.argv[1] == "serve":
    with serve(echo, "127.0.0.1", int(sys.argv[2]), subprotocols=["chat", "other"], process_request=page, max_size=None) as server:
        server.serve_forever()
else:
    {"ask": ask, "wait": wait}[sys.argv[1]](*sys.argv[2:])
