"""Who stands at the other end of a link, or between, and means ill."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import socket
import ssl
import subprocess
import sys
import time

import nats
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import (
    LINK_ENVELOPES_A_SECOND_MAX,
    LINK_FRAME_BYTES_MAX,
    LINK_IN_FLIGHT_MAX,
)
from commonwatch.mode import EXERCISE, LIVE
from commonwatch.node.link.certificate import (
    checked_certificate,
    name_on_link,
    new_link_identity,
)
from commonwatch.node.link.frame import Frame, frame_bytes
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import server_program
from commonwatch.node.link.server_config import Address, user_of_node
from tests.sharing.links import HERE, Links, until

NOW_S = time.time()
SOON_S = 3.0


def signed_by(key, issuer: str, name: str, *, ca: bool = False, days: int = 30) -> tuple:
    """A certificate in `name`, made as a thief of `key` would; certificate and key as PEM."""
    own = key if issuer == name else Ed25519PrivateKey.generate()
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=40))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, None)
    )
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), private


JPN, USA = name_on_link(nation("JPN"), EXERCISE), name_on_link(nation("USA"), EXERCISE)


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (b"no certificate", "no PEM certificate"),
        (b"x" * 20_000, "longer than"),
        (signed_by(Ed25519PrivateKey.generate(), USA, USA)[0], "it names usa.exercise"),
        (
            new_link_identity(nation("JPN"), LIVE, (), NOW_S).certificate_pem,
            "it names jpn.live.commonwatch; need jpn.exercise.commonwatch",
        ),
        (signed_by(Ed25519PrivateKey.generate(), JPN, JPN, ca=True)[0], "may sign other"),
        (signed_by(Ed25519PrivateKey.generate(), "an authority", JPN)[0], "itself as its issuer"),
        (signed_by(Ed25519PrivateKey.generate(), JPN, JPN, days=-1)[0], "holds from"),
        (2 * signed_by(Ed25519PrivateKey.generate(), JPN, JPN)[0], "2 certificates"),
    ],
)
def test_t24_a_certificate_that_is_not_the_partners_own_is_not_trusted(pem, why):
    with pytest.raises(UnusableInput, match=re.escape(why)):
        checked_certificate(pem, nation("JPN"), EXERCISE, NOW_S)


def test_a_partners_own_certificate_is_trusted_as_it_is():
    made = new_link_identity(nation("JPN"), EXERCISE, ("nodes.example", "192.0.2.7"), NOW_S)
    pem = checked_certificate(made.certificate_pem, nation("JPN"), EXERCISE, NOW_S)
    assert pem == made.certificate_pem


def told_by(address: Address, folder, pair: tuple | None, **limits) -> bytes:
    """What a listener tells who comes with this certificate and key; empty where it refuses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, version in limits.items():
        setattr(context, name, version)
    if pair is not None:
        (folder / "pair.pem").write_bytes(pair[0] + pair[1])
        context.load_cert_chain(folder / "pair.pem")
    with socket.create_connection((address.host, address.port), SOON_S) as plain:
        try:
            with context.wrap_socket(plain) as secured:
                return secured.recv(4096)
        except (ssl.SSLError, ConnectionError):
            return b""


def test_t24_t25_only_the_exact_certificate_under_tls_1_3_is_let_in(links, tmp_path):
    at = links.servers["KOR"].links_at
    sound = (links.identities["JPN"].certificate_pem, links.identities["JPN"].private_pem)
    assert told_by(at, tmp_path, sound).startswith(b"INFO ")
    stolen = load_pem_private_key(sound[1], None)
    for pair in (
        None,
        signed_by(Ed25519PrivateKey.generate(), JPN, JPN),  # JPN's name, another's key
        signed_by(stolen, JPN, USA),  # made by JPN in USA's name
        signed_by(stolen, USA, USA),
    ):
        assert told_by(at, tmp_path, pair) == b""
    old = ssl.TLSVersion.TLSv1_2
    assert told_by(at, tmp_path, sound, maximum_version=old) == b""
    # The same at the port for the own node, where a partner's certificate is no better than none.
    own = (links.identities["KOR"].certificate_pem, links.identities["KOR"].private_pem)
    node_at = links.servers["KOR"].node_at
    assert told_by(node_at, tmp_path, own).startswith(b"INFO ")
    assert told_by(node_at, tmp_path, sound) == b""


@pytest.mark.parametrize("port", ["links_at", "node_at"])
def test_plain_tcp_is_told_nothing(links, port):
    at = getattr(links.servers["KOR"], port)
    with socket.create_connection((at.host, at.port), SOON_S) as plain:
        plain.sendall(b'CONNECT {"verbose":true}\r\nPING\r\n')
        with contextlib.suppress(ConnectionError):  # cut off, which is as well
            assert b"INFO" not in plain.recv(4096)


def test_a_partner_is_told_no_address_of_anybody(links, tmp_path):
    pair = (links.identities["JPN"].certificate_pem, links.identities["JPN"].private_pem)
    info = told_by(links.servers["KOR"].links_at, tmp_path, pair)
    assert b"USA" not in info
    assert b"connect_urls" not in info
    for server in links.servers.values():
        for address in (server.node_at, server.links_at):
            if address != links.servers["KOR"].links_at:
                assert not address.port or b":%d" % address.port not in info


def test_the_name_of_a_link_is_no_login_at_the_nodes_own_port(links):
    server = links.servers["KOR"]

    async def tried(user: str, password: str) -> bool:
        client = nats.aio.client.Client()
        try:
            await client.connect(
                f"tls://{server.node_at}", tls=server.client_tls(), tls_hostname=HERE,
                tls_handshake_first=True, user=user, password=password, allow_reconnect=False,
                error_cb=silent,
            )  # fmt: skip
        except nats.errors.Error:
            return False
        await client.close()
        return True

    sound = user_of_node("JPN")
    assert asyncio.run(tried(sound, server.passwords["JPN"]))
    for user, password in ((JPN, ""), (sound, ""), (sound, server.passwords["USA"])):
        assert not asyncio.run(tried(user, password))


async def silent(_error: Exception) -> None:
    pass


@contextlib.contextmanager
def hostile(links: Links, tmp_path, *, max_payload: int = LINK_FRAME_BYTES_MAX):
    """JPN's server in JPN's own hands: no permissions, other limits, its links as they were."""
    honest = links.servers["JPN"]
    honest.stop()
    text = (honest.folder / "server.conf").read_text()
    text = re.sub(r", permissions: \{publish.*?\}\}\}", "}", text)
    text = re.sub(r"deny_imports: \[.*?\], deny_exports: \[.*?\], ", "", text)
    text = text.replace(f"max_payload: {LINK_FRAME_BYTES_MAX}", f"max_payload: {max_payload}")
    text = re.sub(r"max_pending: \d+", "max_pending: 512MB", text)
    text = text.replace("server.log", "hostile.log").replace("server.pid", "hostile.pid")
    assert "permissions" not in text
    (tmp_path / "hostile.conf").write_text(text)
    process = subprocess.Popen([server_program(), "-c", tmp_path / "hostile.conf"])
    try:
        log = honest.folder / "hostile.log"
        until(lambda: log.exists() and "Server is ready" in log.read_text(), "it is ready")
        yield honest
    finally:
        process.terminate()
        process.wait()


async def connected(server, partner: str) -> nats.aio.client.Client:
    return await nats.connect(
        f"tls://{server.node_at}", tls=server.client_tls(), tls_hostname=HERE,
        tls_handshake_first=True, user=user_of_node(partner), password=server.passwords[partner],
        error_cb=silent, pending_size=256 * 1024 * 1024,
    )  # fmt: skip


@pytest.fixture
def own_links(tmp_path):
    made = Links(tmp_path, ("KOR", "JPN", "USA"))
    yield made
    made.close()


@pytest.fixture
def buses(own_links):
    made = {code: NatsBus(own_links.servers[code]) for code in ("KOR", "USA")}
    yield made
    for bus in made.values():
        bus.close()


# A process of its own, so that it does not take the reader's time.
FLOOD = """
import asyncio, ssl, sys, time, nats
at, folder, password, for_s = sys.argv[1:]
context = ssl.create_default_context(cafile=folder + "/own.pem")
context.load_cert_chain(folder + "/own.pem", folder + "/own.key")
async def flood():
    client = await nats.connect(
        "tls://" + at, tls=context, tls_hostname="127.0.0.1", tls_handshake_first=True,
        user="node-KOR", password=password,
    )
    count, until_s = 0, time.monotonic() + float(for_s)
    frame = (7).to_bytes(8, "big") + (1).to_bytes(8, "big") + bytes(900)
    while time.monotonic() < until_s:
        for _ in range(200):
            await client.publish("cw.JPN.KOR.live", frame)
        count += 200
        await asyncio.sleep(0)
    print(count)
asyncio.run(flood())
"""


def is_up(bus: NatsBus, partner: str) -> bool:
    return any(item.up for item in bus.links() if item.partner == partner)


def test_a_partner_neither_hears_nor_says_more_than_its_own_two_directions(
    own_links, buses, tmp_path
):
    kor, usa = buses["KOR"], buses["USA"]
    heard: dict[str, list] = {"KOR": [], "USA": []}

    async def listen(server) -> None:
        clients = {other: await connected(server, other) for other in ("KOR", "USA")}
        for other, client in clients.items():

            async def took(message, other=other) -> None:
                heard[other].append(message.subject)

            await client.subscribe(">", cb=took)
        client = clients["KOR"]
        # Until the link carries: KOR's hello comes.
        deadline_s = time.monotonic() + 10.0
        while "cw.KOR.JPN.hello" not in heard["KOR"]:
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.01)
        forged = frame_bytes(Frame(1, 1, b"forged"))
        for subject in ("cw.USA.KOR.live", "cw.KOR.USA.live", "cw.KOR.JPN.live", "x", "$SYS.x"):
            await client.publish(subject, forged)
        for question in ("$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ"):
            await client.publish(question, b"", reply="answers.here")
        await client.publish("cw.JPN.KOR.live", frame_bytes(Frame(1, 2, b"own")))
        await client.flush()
        for number in range(50):
            kor.send("KOR", "USA", "live", b"for the USA %d" % number)
            usa.send("USA", "KOR", "live", b"for KOR %d" % number)
        await asyncio.sleep(1.0)
        for one in clients.values():
            await one.close()

    with hostile(own_links, tmp_path) as server:
        until(lambda: is_up(kor, "USA") and is_up(usa, "KOR"), "KOR and the USA are joined")
        asyncio.run(listen(server))
    # What the own server at JPN echoes is JPN's own word; from KOR came KOR's to JPN alone.
    for other in ("KOR", "USA"):
        foreign = {
            subject
            for subject in heard[other]
            if subject.startswith("cw.") and not subject.startswith(f"cw.{other}.JPN.")
        }
        assert foreign <= {"cw.USA.KOR.live", "cw.KOR.USA.live", "cw.JPN.KOR.live"}
    assert sum(subject == "cw.KOR.USA.live" for subject in heard["KOR"]) == 1, "its own forgery"
    # One answer to each question about who is connected: its own server's.
    assert heard["KOR"].count("answers.here") <= 2
    until(lambda: kor.arrived_counts.get(("USA", "live"), 0) == 50, "the USA's words arrive")
    assert set(kor.drain("KOR", "live")) == {b"own"} | {b"for KOR %d" % n for n in range(50)}
    until(lambda: usa.arrived_counts.get(("KOR", "live"), 0) == 50, "KOR's words arrive")
    assert b"forged" not in set(usa.drain("USA", "live"))


def test_t7_an_oversize_message_is_cut_off_and_others_go_on(own_links, buses, tmp_path):
    kor, usa = buses["KOR"], buses["USA"]
    log = own_links.servers["KOR"].folder / "server.log"

    async def shout(server) -> None:
        client = await connected(server, "KOR")
        while "maximum payload exceeded" not in log.read_text() and time.monotonic() < deadline_s:
            await client.publish("cw.JPN.KOR.live", bytes(8 * 1024 * 1024))
            await client.flush()
            await asyncio.sleep(0.05)
        await client.close()

    with hostile(own_links, tmp_path, max_payload=16 * 1024 * 1024) as server:
        until(lambda: is_up(kor, "USA") and is_up(usa, "KOR"), "KOR and the USA are joined")
        deadline_s = time.monotonic() + 10.0
        asyncio.run(shout(server))
        assert "maximum payload exceeded" in log.read_text(), "KOR's server refused it"
        assert usa.send("USA", "KOR", "live", b"goes on")
        until(lambda: kor.arrived_counts.get(("USA", "live"), 0) == 1, "the USA's word arrives")
    assert kor.arrived_counts.get(("JPN", "live"), 0) == 0


def test_t6_a_flood_is_read_at_its_stated_rate_and_others_go_on(own_links, buses, tmp_path):
    kor, usa = buses["KOR"], buses["USA"]
    sent_s, words = 2.0, 100
    sent, came, from_jpn = 0, [], 0

    with hostile(own_links, tmp_path) as server:
        until(lambda: is_up(kor, "USA") and is_up(usa, "KOR"), "KOR and the USA are joined")
        flooder = subprocess.Popen(
            [sys.executable, "-c", FLOOD, str(server.node_at), server.folder,
             server.passwords["KOR"], str(sent_s + 1.0)],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        until(lambda: kor.arrived_counts.get(("JPN", "live"), 0) > 0, "the flood comes")
        began_s = time.monotonic()
        # While it floods, and then until the others' words are there, however busy the machine is.
        while len(came) < words and time.monotonic() < began_s + 30.0:
            if sent < words and began_s + sent * sent_s / words <= time.monotonic():
                usa.send("USA", "KOR", "live", b"%d" % sent)
                sent += 1
            for raw in kor.drain("KOR", "live"):
                if raw.startswith(b"\0"):
                    from_jpn += 1
                else:
                    came.append((int(raw), flooder.poll() is None))
            state = next(item for item in kor.links() if item.partner == "JPN")
            assert state.unread <= 2 * LINK_IN_FLIGHT_MAX
            time.sleep(0.002)
        read_s = time.monotonic() - began_s
        flooded = int(flooder.communicate()[0])
    assert flooded > 2.0 * from_jpn, "more came than was read"
    assert from_jpn <= LINK_ENVELOPES_A_SECOND_MAX * read_s + LINK_IN_FLIGHT_MAX
    assert state.dropped > 0
    assert [number for number, _ in came] == list(range(words)), "the others' words come through"
    assert sum(flooding for _, flooding in came) > words / 2, "and while the flood goes on"
