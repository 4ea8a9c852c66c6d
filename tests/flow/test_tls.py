"""HTTPS: both versions, and certificates that are taken up again while connections go on."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import unittest

from harness import BINARY, FlowTest, Relay, envelope, event, hook_headers, run_cli, wait_until


def make_certificate(folder, name="", days=30, common_name="localhost", names="DNS:localhost,IP:127.0.0.1", expired=False):
    """Self-signed, ECDSA P-256: NAME-cert.pem and NAME-key.pem (or cert.pem and key.pem) in `folder`. `expired`: valid
    for one day of 2020; `openssl req` cannot date back, `openssl ca` can."""
    prefix = f"{name}-" if name else ""
    certificate, key = folder / f"{prefix}cert.pem", folder / f"{prefix}key.pem"
    extensions = f"subjectAltName={names}\nkeyUsage=critical,digitalSignature,keyCertSign\nbasicConstraints=critical,CA:TRUE\n"
    config = folder / f"{prefix}openssl.cnf"
    config.write_text(f"[req]\ndistinguished_name=dn\n[dn]\n[ext]\n{extensions}"
                      f"[ca]\ndefault_ca=one\n[one]\ndatabase={folder}/{prefix}index\nserial={folder}/{prefix}serial\n"
                      f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n")

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-subj", f"/CN={common_name}",
               "-config", str(config)]
    if not expired:
        openssl("req", "-x509", *new_key, "-out", str(certificate), "-days", str(days), "-extensions", "ext")
        return certificate, key
    (folder / f"{prefix}index").write_text("")
    (folder / f"{prefix}serial").write_text("01\n")
    request = folder / f"{prefix}csr.pem"
    openssl("req", "-new", *new_key, "-out", str(request))
    openssl("ca", "-batch", "-selfsign", "-config", str(config), "-keyfile", str(key), "-in", str(request), "-out", str(certificate),
            "-notext", "-extensions", "ext", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
    return certificate, key


def server_context(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}-cert.pem", folder / f"{name}-key.pem")
    return context


def serial_shown(relay, version=None):
    """The serial number of the certificate that a fresh connection sees."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as plain:
        with context.wrap_socket(plain) as secured:
            return secured.getpeercert(binary_form=True)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(FlowTest):
    def secured(self, listener=None, **settings):
        relay = self.relay(listener or self.listener(), start=False, tls=True, settings=settings)
        make_certificate(relay.directory)
        return relay.start()

    def test_a_delivery_over_tls(self):
        listener = self.listener()
        relay = self.secured(listener)
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])

    def test_tls_1_2_and_1_3_and_nothing_older(self):
        relay = self.secured()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertTrue(serial_shown(relay, version))
        with self.assertRaises((ssl.SSLError, OSError)):
            import warnings
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                serial_shown(relay, ssl.TLSVersion.TLSv1_1)

    def test_plain_http_on_the_tls_port_does_no_harm(self):
        listener = self.listener()
        relay = self.secured(listener)
        received = relay.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertNotIn(b"200", received)
        self.deliver(relay, [event()])

    def assert_taken_up(self, relay, cause):
        before = serial_shown(relay)
        connection = relay.connect()
        self.assertEqual(self.post(relay, envelope([event()]), connection=connection).status, 200)
        make_certificate(relay.directory)
        cause()
        wait_until(lambda: serial_shown(relay) != before, "the new certificate is shown")
        self.assertEqual(self.post(relay, envelope([event()]), connection=connection).status, 200,
                         "open connections go on")
        connection.close()

    def test_a_new_certificate_is_taken_up_on_sighup(self):
        relay = self.secured()
        self.assert_taken_up(relay, relay.reload)

    def test_a_new_certificate_is_taken_up_when_the_files_change(self):
        relay = self.secured()
        self.assert_taken_up(relay, lambda: None)

    def test_a_certificate_at_another_path_is_taken_up_and_later_reloads_go_on(self):
        relay = self.relay(self.listener(), start=False)
        make_certificate(relay.directory)
        make_certificate(relay.directory, "new")
        config = '[receive]\ncertificate = "{0}cert.pem"\nkey = "{1}key.pem"\n'
        relay.config_path.write_text(config.format("", ""))
        relay.flags += ["--tls", "on"]  # the paths come from the file
        relay.start()
        relay.tls = True
        before = serial_shown(relay)
        connection = relay.connect()
        self.assertEqual(self.post(relay, envelope([event()]), connection=connection).status, 200)
        relay.reload(config.format("new-", "new-"))
        wait_until(lambda: serial_shown(relay) != before, "the new certificate is shown")
        self.assertEqual(self.post(relay, envelope([event()]), connection=connection).status, 200,
                         "open connections go on")
        connection.close()
        os.replace(relay.directory / "cert.pem", relay.directory / "gone.pem")
        marker = len(relay.log)
        relay.reload()
        relay.wait_logged("configuration taken up", since=marker)
        self.assertFalse(relay.logged("next start"))
        marker = len(relay.log)
        relay.reload(config.format("new-", ""))
        relay.wait_logged("old one stays", "does not belong", since=marker)
        self.assertNotEqual(serial_shown(relay), before)
        shutil.copy(relay.directory / "new-cert.pem", relay.directory / "cert.pem")  # what `deliver` trusts
        self.deliver(relay, [event()])

    def test_a_key_that_does_not_match_is_refused_and_the_old_pair_kept(self):
        relay = self.secured()
        before = serial_shown(relay)
        make_certificate(relay.directory, "other")
        marker = len(relay.log)
        os.replace(relay.directory / "other-key.pem", relay.directory / "key.pem")
        relay.reload()
        wait_until(lambda: any("error" in line and ("certificate" in line or "key" in line)
                               for line in relay.log[marker:]), "an error names the pair")
        self.assertEqual(serial_shown(relay), before)
        self.deliver(relay, [event()])

    def test_an_expired_certificate_is_refused_at_the_start(self):
        relay = self.relay(self.listener(), start=False, tls=True)
        make_certificate(relay.directory, expired=True)
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        self.assertTrue(relay.logged("expired"), relay.tail())

    def test_a_missing_certificate_names_the_file(self):
        relay = self.relay(self.listener(), start=False, tls=True)
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        self.assertTrue(relay.logged("cert.pem"), relay.tail())

    def test_handshakes_that_never_end_keep_nobody_waiting(self):
        listener = self.listener()
        relay = self.secured(listener, **{"receive.head_time_max": "1s"})
        stuck = [socket.create_connection(("127.0.0.1", relay.port)) for _ in range(100)]
        for sock in stuck[:50]:
            sock.sendall(b"\x16\x03\x01\x02\x00\x01")
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])
        for sock in stuck:
            sock.settimeout(10)
            try:
                self.assertEqual(sock.recv(100)[:0], b"")
            except ConnectionResetError:
                pass
            sock.close()


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class AdminTls(FlowTest):
    """The admin address beyond loopback: HTTPS, with a certificate of its own."""

    def secured(self):
        relay = self.relay(self.listener(), start=False, settings={"admin.certificate": "cert.pem", "admin.key": "key.pem"})
        make_certificate(relay.directory)
        return relay.start()

    def ask(self, relay, method, path, headers=(), body=None):
        context = ssl.create_default_context(cafile=str(relay.directory / "cert.pem"))
        connection = http.client.HTTPSConnection("localhost", relay.admin_port, timeout=10, context=context)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def test_a_command_believes_the_certificate_that_it_is_given(self):
        relay = self.secured()
        self.deliver(relay, [event()])
        words = [str(BINARY), "status", "--admin", f"https://localhost:{relay.admin_port}", "--spool", str(relay.spool)]
        trusting = run_cli([*words, "--admin-ca-file", str(relay.directory / "cert.pem")])
        self.assertIn("localhost", trusting.out)
        distrusting = run_cli(words, check=False)
        self.assertNotEqual(distrusting.status, 0, "a certificate that nobody vouches for is not believed")
        by_environment = run_cli([str(BINARY), "status", "--spool", str(relay.spool)], environment={
            "HOOKLINE_ADMIN_LISTEN": f"127.0.0.1:{relay.admin_port}",
            "HOOKLINE_ADMIN_CERTIFICATE": str(relay.directory / "cert.pem")})
        self.assertIn(str(relay.admin_port), by_environment.out)

    def test_a_session_lives_on_https_alone(self):
        relay = self.secured()
        token = (relay.spool / "admin-token").read_text().strip()
        name = f"localhost:{relay.admin_port}"
        given = json.dumps({"token": token})
        self.assertEqual(self.ask(relay, "POST", "/session", {"Origin": f"http://{name}"}, given)[0], 403,
                         "a page of the same name without TLS is another's")
        status, headers, _ = self.ask(relay, "POST", "/session", {"Origin": f"https://{name}"}, given)
        self.assertEqual(status, 200)
        self.assertIn("; Secure", headers["Set-Cookie"])

    def test_a_new_certificate_is_taken_up(self):
        relay = self.secured()
        old = (relay.directory / "cert.pem").read_text()
        make_certificate(relay.directory)
        self.assertNotEqual(old, (relay.directory / "cert.pem").read_text())
        relay.reload()

        def new_one_is_shown():
            try:
                return self.ask(relay, "GET", "/healthz")[0] == 200  # only the new one is trusted
            except ssl.SSLError:
                return False
        wait_until(new_one_is_shown, "the new certificate is shown")
