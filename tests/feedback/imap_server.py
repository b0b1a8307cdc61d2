"""A small IMAP server on a real socket: one folder of mails with flags, plain, with STARTTLS, or in TLS from the start."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
from types import TracebackType
from typing import Any

USER, PASSWORD = "bounces@optyk.example", "zażółć gęślą"
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())


class ImapServer:
    """Holds mails by uid; `capabilities` and `pair` (certificate and key) say how it may be asked."""

    def __init__(
        self, capabilities: str = "AUTH=PLAIN UIDPLUS", pair: Any = None, implicit: bool = False
    ) -> None:
        self.capabilities, self.implicit = capabilities, implicit
        self.mails: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        self.validity, self.next_uid = 7, 1
        self.said: list[str] = []  # every command, without its tag
        self.hang_up_at = ""  # a command at which the line goes dead
        self.context: ssl.SSLContext | None = None
        if pair:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*pair)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> ImapServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for client in self._open:
            client.close()

    def put(self, raw: bytes) -> int:
        """Delivers a mail; returns its uid."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mails[uid], self.flags[uid] = raw, set()
        return uid

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            if self.implicit:
                assert self.context
                client = self.context.wrap_socket(client, server_side=True)
            self._open.append(client)
            client.sendall(b"* OK ready\r\n")
            self._converse(client)
        except OSError:
            pass
        finally:
            client.close()

    def _converse(self, client: socket.socket) -> None:
        reader = client.makefile("rb")
        while line := reader.readline():
            tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
            self.said.append(command)
            if self.hang_up_at and command.startswith(self.hang_up_at):
                reader.close()
                client.close()
                return
            if command.upper() == "STARTTLS":
                client.sendall(f"{tag} OK begin\r\n".encode())
                assert self.context
                client = self.context.wrap_socket(client, server_side=True)
                self._open.append(client)
                reader = client.makefile("rb")
            elif command.upper().startswith("AUTHENTICATE"):
                client.sendall(b"+ \r\n")
                right = reader.readline().strip() == PLAIN
                client.sendall(f"{tag} {'OK in' if right else 'NO wrong password'}\r\n".encode())
            else:
                client.sendall(self._answer(tag, command))
                if command.upper() == "LOGOUT":
                    reader.close()
                    client.close()
                    return

    def _answer(self, tag: str, command: str) -> bytes:
        verb = command.upper()
        if verb == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1 {self.capabilities}\r\n{tag} OK done\r\n".encode()
        if verb.startswith("SELECT"):
            if '"INBOX"' not in command:
                return f"{tag} NO no such folder\r\n".encode()
            return f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] ok\r\n{tag} OK done\r\n".encode()
        if verb.startswith("UID SEARCH"):
            first = int(command.split()[-1].partition(":")[0])
            # a range in which nothing is stands for the last mail, as the standard has it
            found = [uid for uid in self.mails if uid >= first] or list(self.mails)[-1:]
            return f"* SEARCH {' '.join(map(str, found))}\r\n{tag} OK done\r\n".encode()
        if verb.startswith("UID FETCH"):
            return self._fetch(tag, command)
        if verb.startswith("UID STORE"):
            uid = int(command.split()[2])
            self.flags[uid] |= set(re.findall(r"\\\w+", command))
        if verb.startswith("UID EXPUNGE"):
            for uid in map(int, command.split()[2].split(",")):
                if "\\Deleted" in self.flags[uid]:
                    del self.mails[uid]
        return f"{tag} OK done\r\n".encode()

    def _fetch(self, tag: str, command: str) -> bytes:
        uid, length = int(command.split()[2]), int(re.search(r"<0\.(\d+)>", command)[1])  # type: ignore[index]
        if uid not in self.mails:
            return f"{tag} OK done\r\n".encode()
        raw = self.mails[uid][:length]
        return (
            f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            + raw
            + f")\r\n{tag} OK done\r\n".encode()
        )
