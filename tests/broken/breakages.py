"""What is broken on purpose, and which check has to notice. Read by broken.py.

Each replaces text in the sources: a text that stands there once, or the breakage no longer fits and says so. The checks
that watch are short forms; one that passes all the same proves nothing, and `./test --long broken` fails.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Breakage:
    title: str                      # what the relay does wrong
    edits: tuple                    # of (file, text, text in its place)
    watched_by: tuple               # of Unit, Flow, Crash, Fuzz


@dataclass(frozen=True)
class Unit:
    program: str
    filter: str = "*"
    environment: tuple = ()


@dataclass(frozen=True)
class Flow:
    words: str


@dataclass(frozen=True)
class Crash:
    words: str
    environment: tuple = ()


@dataclass(frozen=True)
class Fuzz:
    program: str
    seconds: int = 30


SIMULATION = Unit("unit_simulation", "*KeepsItsPromises*", (("HOOKLINE_SEEDS", "15"),))
CUTS = Unit("unit_powercut", "PowerCut.*", (("HOOKLINE_POWERCUT_CUTS", "60"),))
FLIPS = Unit("unit_powercut", "BitFlip.*", (("HOOKLINE_POWERCUT_FLIPS", "100"),))

ANSWERED_AT_HAND_OVER = (
    "src/receive/endpoint.cpp",
    "                        [this, work](const spool::Appended& appended) { on_appended(work, appended); });\n",
    "                        [this, work](const spool::Appended& appended) { on_appended(work, appended); });\n"
    "    acknowledge(work);\n")

ALL = [
    # ---- what is acknowledged is on disk ----
    Breakage("a delivery is answered when it is handed over, before its commit", (ANSWERED_AT_HAND_OVER,),
             (Unit("unit_receive"), Crash("Sync.test_every_200"), SIMULATION, Fuzz("endpoint_fuzz"))),
    Breakage("a commit is written and not synced",
             (("src/spool/store.cpp", "synced.sync = true;", "synced.sync = false;"),),
             (Crash("Sync.test_every_200"), CUTS, SIMULATION)),
    Breakage("a failed sync counts as a full disk, and the relay goes on",
             (("src/spool/store.cpp", "tl::unexpected(CommitFailure{error_of(status), !heals})",
               "tl::unexpected(CommitFailure{error_of(status), heals && false})"),),
             (Unit("unit_spool", "Faults.*"), Crash("Sync.test_when_the_sync_fails"))),
    Breakage("what could not be written is answered 200",
             (("src/spool/committer.cpp", "if (rested_on_it) outcome = {};", "(void)rested_on_it;"),),
             (Unit("unit_spool", "Faults.*"), Crash("Disk.test_no_space"), SIMULATION)),
    Breakage("the directory is not synced when a key has taken its place",
             (("src/spool/changes.cpp", "if (status.ok()) status = folder->Fsync({}, nullptr);", ""),),
             (Unit("unit_powercut", "PowerCut.WhileASpool*"),)),
    Breakage("events behind a damaged place of the log are dropped without a word",
             (("src/spool/wal_check.cpp", "if (first_loss(*logs) == nullptr) return {};", "if (logs) return {};"),),
             (FLIPS, Unit("unit_spool", "*WalCheck*:Recovery.*:Salvage.*"))),

    # ---- what is on disk arrives ----
    Breakage("a bulk that met a 5xx counts as delivered",
             (("src/ship/shipper_verdicts.cpp",
               "[&](const logzio::RetryLater& retry) { retry_later(retry, verdict, run.bytes, now); },\n"
               "                     [&](const logzio::Refused&) { refused(verdict, now); }},\n"
               "               verdict.meaning);\n}\n\n/// A line ahead",
               "[&](const logzio::RetryLater& /*retry*/) { delivered(run, now); },\n"
               "                     [&](const logzio::Refused&) { refused(verdict, now); }},\n"
               "               verdict.meaning);\n}\n\n/// A line ahead"),),
             (Unit("unit_ship"), Crash("HostileListener.test_every_fault"), SIMULATION)),
    Breakage("a partly accepted bulk counts as delivered whole",
             (("src/ship/shipper_verdicts.cpp",
               "[&](const logzio::PartlyAccepted& counts) { partly_accepted(run, counts, verdict, now); },",
               "[&](const logzio::PartlyAccepted& /*counts*/) { delivered(run, now); },"),),
             (Unit("unit_ship"), Flow("listener_answers"), SIMULATION)),
    Breakage("the cursor moves past lines that were not in the bulk",
             (("src/ship/shipper_sends.cpp", "flight.run.end = position_behind(*batch, end);",
               "flight.run.end = batch->end;"),
              ("src/ship/shipper_sends.cpp", "    if (!sifting_) return batch.lines.size();\n",
               "    if (!sifting_) return std::max(first + 1, batch.lines.size() / 2);\n")),
             (Unit("unit_ship"), SIMULATION)),
    Breakage("every bulk goes with the token of the first",
             (("src/ship/shipper_sends.cpp", "parts_.listener.start(destination.url, destination.token, bulk,",
               "static const Secret first_token = destination.token;\n"
               "    parts_.listener.start(destination.url, first_token, bulk,"),),
             (Unit("unit_ship"), Crash("Kill.test_at_random"), SIMULATION)),
    Breakage("a repeat is stored again",
             (("src/spool/seen_table.cpp", "if (entry.content == content) return Found::repeat;", ""),),
             (Unit("unit_spool", "Repeats.*"), Flow("okta_answers"), SIMULATION)),
    Breakage("the same uuid with another content counts as a repeat, and is dropped",
             (("src/spool/seen_table.cpp", "if (entry.content == content) return Found::repeat;",
               "return Found::repeat;"),),
             (Unit("unit_spool", "Repeats.*"), SIMULATION)),

    # ---- nobody gets in, and nothing gets out ----
    Breakage("the first of two Content-Length headers counts",
             (("src/net/head_guard.cpp",
               "if (++seen.lengths > 1) return HeadRefusal{400, \"the request has more than one Content-Length\"};", ""),
              ("src/net/head_guard.cpp", "if (seen.codings > 0 && seen.lengths > 0) {", "if (false) {")),
             (Unit("unit_net", "*muggling*"), Flow("smuggling"))),
    Breakage("a secret that begins rightly is right",
             (("src/base/secret.cpp", "    return CRYPTO_memcmp(mine.data(), theirs.data(), mine.size()) == 0;",
               "    return (CRYPTO_memcmp(mine.data(), theirs.data(), mine.size()) == 0) |\n"
               "           (other.size() > 4 && value_.starts_with(other));"),),
             (Unit("unit_base", "Secret*"), Unit("unit_receive"))),
    Breakage("a refusal repeats the token that was sent",
             (("src/receive/entry.cpp", "if (!logzio::is_token(*found.value)) return token_malformed();",
               "if (!logzio::is_token(*found.value)) {\n"
               "            Refusal refusal = token_malformed();\n"
               "            refusal.error += *found.value;\n"
               "            return refusal;\n"
               "        }"),),
             (Unit("unit_receive"), Fuzz("endpoint_fuzz"))),
    Breakage("events lie on disk as they came",
             (("src/spool/sealed_rows.cpp",
               "    sealer.seal(as_record, sealed.codec == Codec::plain ? lines : std::string_view(packed), sealed.payload);\n",
               "    (void)sealer;\n    sealed.codec = Codec::plain;\n    sealed.payload = lines;\n"),
              ("src/spool/sealed_rows.cpp",
               "        return sealer.open(as_record, record.payload, out) && out.size() - start == record.lines_bytes;\n",
               "        out += record.payload;\n        return out.size() - start == record.lines_bytes;\n")),
             (Flow("at_rest"),)),
    Breakage("a nonce is used again",
             (("src/spool/keyring.cpp", "return numbers++;", "return numbers;"),), (Unit("unit_spool", "Keys.*"),)),
    Breakage("a line may be longer than Logz.io takes",
             (("src/logzio/line.cpp",
               "        if (room_for_folded || out.size() - start + conflict_mark.size() <= limits.line_bytes_max) {",
               "        if (room_for_folded || out.size() > start) {"),
              ("src/logzio/line.cpp",
               "limits.line_bytes_max - taken}, out);", "2 * limits.line_bytes_max - taken}, out);")),
             (Unit("unit_logzio"), Fuzz("line_fuzz"))),

    # ---- limits ----
    Breakage("a tenant's quota is not looked at",
             (("src/spool/quotas.cpp",
               "    if (tenant.stored_bytes() + bytes > limits_.tenant_bytes_max) return Answer::tenant_full;\n", ""),),
             (Unit("unit_spool", "Quotas.*"),)),
    Breakage("a slow body is never cut off",
             (("src/net/connection.cpp", "enter(Stage::body, read_at_ + loop_.shared().options.limits.body_time_max);",
               "enter(Stage::body, never);"),),
             (Unit("unit_net", "*imits*"),)),
]
