"""Start, stop, reload, restart: the relay as a supervisor sees it."""

import json
import re
import signal
import threading
import time

from fake_listener import Reply
from harness import OTHER_TOKEN, TOKEN, FlowTest, Relay, envelope, event, hook_headers, run_cli, wait_until


class Restart(FlowTest):
    def test_everything_is_kept(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.go_down()
        sent = [event() for _ in range(20)]
        for one in sent:
            self.deliver(relay, [one])
        relay.restart()
        for one in sent[:5]:
            self.deliver(relay, [one])  # repeats are still known
        listener.come_up()
        listener.wait_for([one["uuid"] for one in sent])
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted(one["uuid"] for one in sent))

    def test_what_was_delivered_is_not_sent_again(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        sent = [event() for _ in range(5)]
        self.deliver(relay, sent)
        listener.wait_for([one["uuid"] for one in sent])
        self.wait_drained(relay)
        listener.forget()
        relay.restart()
        later = event()
        self.deliver(relay, [later])
        listener.wait_for([later["uuid"]])
        self.assertEqual(listener.uuids(), [later["uuid"]])

    def test_after_kill_9_nothing_acknowledged_is_missing(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.go_down()
        sent = [event() for _ in range(20)]
        for one in sent:
            self.deliver(relay, [one])
        relay.kill()
        listener.come_up()
        relay.start()
        listener.wait_for([one["uuid"] for one in sent])


class Stop(FlowTest):
    def test_sigterm_and_sigint_end_it_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            relay = self.relay(self.listener())
            relay.process.send_signal(number)
            self.assertEqual(relay.wait(), 0)

    def test_bulks_in_flight_may_end(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        release = threading.Event()
        listener.script(Reply(200, take="all", hang=release), times=1)
        sent = [event() for _ in range(5)]
        self.deliver(relay, sent)
        listener.wait_requests(1)
        relay.process.send_signal(signal.SIGTERM)
        relay.wait_logged("stopping")
        release.set()
        self.assertEqual(relay.wait(), 0)
        self.assertEqual(sorted(listener.uuids()), sorted(one["uuid"] for one in sent))
        relay.start()
        later = event()
        self.deliver(relay, [later])
        listener.wait_for([later["uuid"]])
        self.assertEqual(len(listener.uuids()), 6, "what ended before the stop is not sent again")

    def test_a_bulk_that_hangs_does_not_keep_it_from_ending_and_is_not_lost(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"relay.stop_time_max": "2s"})
        self.prove(relay, listener)
        release = threading.Event()
        self.addCleanup(release.set)
        listener.script(Reply(503, hang=release), times=1)
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_requests(1)
        began = time.monotonic()
        self.assertEqual(relay.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        relay.start()
        listener.wait_for([sent["uuid"]])

    def test_under_load_every_answer_200_is_kept(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        acknowledged, lock, ended = [], threading.Lock(), threading.Event()

        def load():
            while not ended.is_set():
                one = event()
                try:
                    if self.post(relay, envelope([one])).status == 200:
                        with lock:
                            acknowledged.append(one["uuid"])
                except OSError:
                    pass

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(acknowledged) > 100, "load")
        self.assertEqual(relay.stop(), 0)
        ended.set()
        for thread in threads:
            thread.join()
        relay.start()
        listener.wait_for(acknowledged)
        self.wait_drained(relay)
        arrived = listener.uuids()
        self.assertEqual([one for one in acknowledged if arrived.count(one) != 1], [])


class Reload(FlowTest):
    CONFIG = '[access]\nheader_mode = "on"\n[tenants.acme]\nregion = "us"\n[hooks.acme]\n'
    SECRETS = {"tenants.acme.token": TOKEN, "hooks.acme.secret": "acme-secret-of-this-hook"}
    AUTHORIZED = [("Authorization", "acme-secret-of-this-hook")]

    def test_a_new_hook_is_taken_up(self):
        listener = self.listener()
        relay = self.relay(listener, config="", settings={"access.header_mode": "on"})
        (relay.directory / "secret").write_text("a-new-secret-of-a-hook")
        (relay.directory / "token").write_text(OTHER_TOKEN)
        self.assertEqual(self.post(relay, envelope([event()]), self.AUTHORIZED, "/hooks/new").status, 404)
        relay.reload('[tenants.new]\nregion = "us"\ntoken_file = "token"\n[hooks.new]\nsecret_files = ["secret"]\n')
        relay.wait_logged("configuration taken up")
        sent = event()
        self.deliver(relay, [sent], [("Authorization", "a-new-secret-of-a-hook")], path="/hooks/new")
        listener.wait_for([sent["uuid"]], token=OTHER_TOKEN)

    def test_an_error_refuses_it_whole_and_the_old_one_stays(self):
        listener = self.listener()
        relay = self.relay(listener, config=self.CONFIG, settings=self.SECRETS)
        relay.reload('[access]\nheader_mode = "off"\nno_such_key = 1\n[hooks.acme]\n[tenants.acme]\nregion = "us"\n')
        relay.wait_logged("error", "no_such_key")
        relay.wait_logged("old one stays")
        self.deliver(relay, [event()])
        self.deliver(relay, [event()], self.AUTHORIZED, path="/hooks/acme")

    def test_syntax_errors_refuse_it_too(self):
        listener = self.listener()
        relay = self.relay(listener, config=self.CONFIG, settings=self.SECRETS)
        relay.reload("this is = = no TOML")
        relay.wait_logged("old one stays")
        self.deliver(relay, [event()])

    def test_a_hook_that_was_used_today_goes_only_with_a_flag(self):
        listener = self.listener()
        relay = self.relay(listener, start=False)
        (relay.directory / "secret").write_text("acme-secret-of-this-hook")
        (relay.directory / "token").write_text(TOKEN)
        hook = ('[access]\nheader_mode = "on"\n[tenants.acme]\nregion = "us"\ntoken_file = "token"\n'
                '[hooks.acme]\nsecret_files = ["secret"]\n')
        relay.config_path.write_text(hook)
        relay.start()
        sent = event()
        self.deliver(relay, [sent], self.AUTHORIZED, path="/hooks/acme")
        listener.wait_for([sent["uuid"]])
        relay.reload('[access]\nheader_mode = "on"\n')
        relay.wait_logged("remove_used_hooks")
        self.deliver(relay, [event()], self.AUTHORIZED, path="/hooks/acme")
        relay.reload('[access]\nheader_mode = "on"\nremove_used_hooks = true\n')
        relay.wait_logged("configuration taken up")
        self.assertEqual(self.post(relay, envelope([event()]), self.AUTHORIZED, "/hooks/acme").status, 404)

    def test_a_hook_that_was_used_before_a_restart_stays_too(self):
        listener = self.listener()
        relay = self.relay(listener, start=False)
        (relay.directory / "secret").write_text("acme-secret-of-this-hook")
        (relay.directory / "token").write_text(TOKEN)
        relay.config_path.write_text('[access]\nheader_mode = "on"\n[tenants.acme]\nregion = "us"\ntoken_file = "token"\n'
                                     '[hooks.acme]\nsecret_files = ["secret"]\n')
        relay.start()
        sent = event()
        self.deliver(relay, [sent], self.AUTHORIZED, path="/hooks/acme")
        listener.wait_for([sent["uuid"]])
        self.wait_drained(relay)
        relay.restart()
        relay.reload('[access]\nheader_mode = "on"\n')
        relay.wait_logged("old one stays", "remove_used_hooks")
        self.deliver(relay, [event()], self.AUTHORIZED, path="/hooks/acme")

    def test_the_first_hook_does_not_switch_a_used_header_mode_off(self):
        listener = self.listener()
        relay = self.relay(listener, config="")
        (relay.directory / "secret").write_text("acme-secret-of-this-hook")
        (relay.directory / "token").write_text(OTHER_TOKEN)
        self.deliver(relay, [event()])
        hook = '[tenants.acme]\nregion = "us"\ntoken_file = "token"\n[hooks.acme]\nsecret_files = ["secret"]\n'
        relay.reload(hook)
        relay.wait_logged("old one stays", "header mode would go off")
        self.deliver(relay, [event()])
        relay.reload(hook + '[access]\nheader_mode = "on"\n')
        relay.wait_logged("configuration taken up")
        self.deliver(relay, [event()])
        self.deliver(relay, [event()], self.AUTHORIZED, path="/hooks/acme")

    def test_a_listeners_url_can_change(self):
        first, second = self.listener(), self.listener()
        relay = self.relay(listeners={}, config=f'[regions.us]\nurl = "{first.url}"\n')
        sent, later = event(), event()
        self.deliver(relay, [sent])
        first.wait_for([sent["uuid"]])
        relay.reload(f'[regions.us]\nurl = "{second.url}"\n')
        relay.wait_logged("configuration taken up")
        self.deliver(relay, [later])
        second.wait_for([later["uuid"]])


    def test_a_changed_admin_token_file_is_taken_up(self):
        relay = self.relay(self.listener(), start=False)
        file = relay.directory / "admin-token-file"
        file.write_text("the-first-admin-token")
        relay.config_path.write_text('[admin]\ntoken_file = "admin-token-file"\nhost_names = ["relay.example"]\n')
        relay.start()
        self.assertEqual(self.ask_admin(relay, "the-first-admin-token", "relay.example"), 200)
        file.write_text("the-second-admin-token")
        relay.reload('[admin]\ntoken_file = "admin-token-file"\nhost_names = ["other.example"]\n')
        relay.wait_logged("configuration taken up")
        self.assertEqual(self.ask_admin(relay, "the-first-admin-token", "other.example"), 401)
        self.assertEqual(self.ask_admin(relay, "the-second-admin-token", "relay.example"), 403)
        self.assertEqual(self.ask_admin(relay, "the-second-admin-token", "other.example"), 200)
        marker = len(relay.log)
        file.write_text("short")
        relay.reload()
        relay.wait_logged("old one stays", since=marker)
        self.assertEqual(self.ask_admin(relay, "the-second-admin-token", "other.example"), 200)

    def test_a_changed_admin_token_in_the_spool_is_taken_up(self):
        relay = self.relay(self.listener(), config="")
        before = relay.admin_token
        (relay.spool / "admin-token").write_text("another-admin-token-made-by-hand\n")
        relay.reload()
        relay.wait_logged("configuration taken up")
        self.assertEqual(self.ask_admin(relay, before, "localhost"), 401)
        self.assertEqual(self.ask_admin(relay, "another-admin-token-made-by-hand", "localhost"), 200)

    def ask_admin(self, relay, token, host):
        answer = relay.admin_request("GET", "/api/v1/status", authorized=False,
                                     headers=[("Authorization", f"Bearer {token}"), ("Host", host)])
        return answer.status

    def test_what_counts_only_at_the_next_start_is_named(self):
        relay = self.relay(self.listener(), config='[receive]\nbody_bytes_max = "1 MiB"\n')
        relay.reload('[receive]\nbody_bytes_max = "2 MiB"\n[log]\nlevel = "debug"\n[spool]\nseen_max = 20000000\n')
        relay.wait_logged("configuration taken up")
        warned = [line for line in relay.log if "next start" in line]
        self.assertEqual([any(key in line for line in warned) for key in ("receive.body_bytes_max", "spool.seen_max")],
                         [True, True], warned)
        self.assertEqual(len(warned), 2, warned)
        marker = len(relay.log)
        relay.reload()
        relay.wait_logged("configuration taken up", since=marker)
        self.assertEqual(sum("next start" in line for line in relay.log[marker:]), 2, "it is said until there is one")


class BadConfiguration(FlowTest):
    def refused(self, config, *expected, **settings):
        relay = self.relay(self.listener(), start=False, config=config, **settings)
        relay.spawn()
        self.assertEqual(relay.wait(), 78, relay.tail())
        text = "\n".join(relay.log)
        for words in expected:
            self.assertIn(words, text)
        return text

    def test_unknown_keys_wrong_types_and_impossible_values_are_all_reported_at_once(self):
        self.refused('[spool]\ntenant_byte_max = "1 GiB"\nbytes_max = true\n[ship]\nretry_after_max = "17"\n'
                     '[receive]\nloops = -3\nbody_bytes_max = "99 TiB"\n',
                     "hookline.toml:2", "tenant_bytes_max",   # what was probably meant
                     "hookline.toml:3", "hookline.toml:5", "hookline.toml:7", "hookline.toml:8")

    def test_a_wrong_value_is_reported_also_where_the_environment_replaces_it(self):
        self.refused('[receive]\nbody_bytes_max = "much"\n', "hookline.toml:2:18: receive.body_bytes_max",
                     settings={"receive.body_bytes_max": "1 MiB"})

    def test_no_toml(self):
        self.refused("[spool\n", "hookline.toml:1")

    def test_an_unknown_environment_variable(self):
        self.refused("", "HOOKLINE_SPOOL_DIRECTORI", environment={"HOOKLINE_SPOOL_DIRECTORI": "/x"})

    def test_a_secret_of_the_wrong_form_is_not_repeated(self):
        text = self.refused('[tenants.acme]\nregion = "us"\n[hooks.acme]\n', "tenants.acme.token",
                            settings={"tenants.acme.token": "not-a-token-but-secret", "hooks.acme.secret": "s" * 20})
        self.assertNotIn("not-a-token-but-secret", text)

    def test_a_file_that_is_not_there(self):
        relay = self.relay(self.listener(), start=False, flags=["--config", "/nowhere/hookline.toml"])
        relay.spawn()
        self.assertEqual(relay.wait(), 78, relay.tail())
        self.assertTrue(relay.logged("/nowhere/hookline.toml"))

    def test_a_hook_without_a_secret(self):
        self.refused('[tenants.acme]\nregion = "us"\n[hooks.acme]\n', "hooks.acme",
                     settings={"tenants.acme.token": TOKEN})


class SecondProcess(FlowTest):
    def test_on_the_same_spool_is_refused(self):
        relay = self.relay(self.listener())
        second = Relay(directory=relay.directory, listeners=relay.listeners)
        self.addCleanup(second.kill)
        second.spawn()
        self.assertNotEqual(second.wait(), 0)
        self.assertTrue(second.logged("another process") or second.logged("in use") or second.logged("held by"),
                        second.tail())
        self.deliver(relay, [event()])

    def test_an_address_in_use_names_it(self):
        relay = self.relay(self.listener())
        second = self.relay(self.listener(), start=False)
        command = second.command()
        command[command.index("127.0.0.1:0")] = f"127.0.0.1:{relay.port}"
        second.command = lambda: command
        second.spawn()
        self.assertNotEqual(second.wait(), 0)
        self.assertTrue(second.logged(str(relay.port)), second.tail())

    def test_a_spool_of_another_format_is_refused(self):
        relay = self.relay(self.listener())
        relay.stop()
        written = (relay.spool / "FORMAT").read_text()
        for other in (re.sub(r"\d+", "999", written, count=1), "a holiday diary\n", ""):
            with self.subTest(format=other):
                (relay.spool / "FORMAT").write_text(other)
                relay.spawn()
                self.assertNotEqual(relay.wait(), 0)
                self.assertTrue(relay.logged("error", str(relay.spool)), relay.tail())
        (relay.spool / "FORMAT").write_text(written)
        relay.start()


class TheCommand(FlowTest):
    def test_version_and_help(self):
        relay = self.relay(start=False)
        self.assertRegex(relay.cli("version", where=False).out, r"\d+\.\d+\.\d+")
        for words in ([], ["serve"], ["try"], ["check"], ["sim"], ["sim", "okta"], ["sim", "logzio"], ["status"],
                      ["tenant"], ["dead"], ["gaps"], ["trace"], ["version"]):
            with self.subTest(command=words):
                self.assertIn("hookline", relay.cli(*words, "--help", where=False).out)

    def test_an_unknown_word_is_a_usage_error(self):
        relay = self.relay(start=False)
        for words in (["nonsense"], ["serve", "--nonsense"], ["dead", "nonsense"]):
            self.assertNotEqual(relay.cli(*words, where=False, check=False).status, 0)

    def test_check_says_what_is_wrong_and_what_is_right(self):
        relay = self.relay(start=False, config='[spool]\nbytes_max = "1 GiB"\n')
        self.assertEqual(relay.cli("check", "--config", str(relay.config_path), where=False, check=False).status, 0)
        relay.config_path.write_text("[spool]\nbites_max = 1\n")
        checked = relay.cli("check", "--config", str(relay.config_path), where=False, check=False)
        self.assertEqual(checked.status, 78)
        self.assertIn("bytes_max", checked.out + checked.err)
