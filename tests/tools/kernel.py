"""Runs code in a Jupyter kernel through the door, as Jupyter's own pages do: KERNEL.py DOOR COOKIE CODE.

Speaks both framings of the kernel protocol: JSON in text messages, and the binary one of the sub-protocol. Prints what the code
printed, once for each.
"""

import json
import sys
import urllib.request
import uuid

from websockets.sync.client import connect

BINARY = "v1.kernel.websocket.jupyter.org"
PARTS = ("header", "parent_header", "metadata", "content")


def request_to_execute(code):
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex, "username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content}


def pack(channel, message):
    parts = [channel.encode()] + [json.dumps(message[name]).encode() for name in PARTS]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    numbers = [len(offsets), *offsets]
    return b"".join([number.to_bytes(8, "little") for number in numbers] + parts)


def unpack(data):
    count = int.from_bytes(data[:8], "little")
    offsets = [int.from_bytes(data[8 * (i + 1):8 * (i + 2)], "little") for i in range(count)]
    pieces = [data[start:end] for start, end in zip(offsets, offsets[1:])]
    return dict(zip(PARTS, (json.loads(piece) for piece in pieces[1:5])))


def run(door, cookie, code, protocol):
    asked = urllib.request.Request(f"{door}/api/kernels", json.dumps({"name": "python3"}).encode(), {"Cookie": cookie, "Content-Type": "application/json"})
    kernel = json.load(urllib.request.urlopen(asked, timeout=60))["id"]
    address = f"{door.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    with connect(address, additional_headers={"Cookie": cookie}, subprotocols=[protocol] if protocol else None, open_timeout=60) as socket:
        assert socket.subprotocol == protocol, socket.subprotocol
        message = request_to_execute(code)
        socket.send(pack("shell", message) if protocol else json.dumps({**message, "channel": "shell", "buffers": []}))
        while True:
            heard = socket.recv(timeout=60)
            answer = unpack(heard) if protocol else json.loads(heard)
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"] and answer["header"]["msg_type"] == "stream":
                return answer["content"]["text"]


door, cookie, code = sys.argv[1:]
for protocol in (None, BINARY):
    print(run(door, cookie, code, protocol), end="")
