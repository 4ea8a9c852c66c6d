#compdef hookline
# zsh completion for hookline, made by `hookline completion zsh`

_hookline() {
    local line state
    local -a commands
    commands=(
        'serve:receive, keep, ship, until SIGTERM'
        'try:a rehearsal\: the real relay between a simulated Okta and an emulated Logz.io'
        'check:is the configuration right, are certificate and tokens good'
        'version:what this is'
        'completion:a completion script for the shell'
        'status:what waits, what is held, and why'
        'tenant:the destinations\: list, test, rekey, forget'
        'gaps:deliveries that were refused, and times when the relay was down'
        'resend:sends delivered events once more, while they are kept'
        'trace:one event'\''s life, while its id is kept (24 h)'
        'log:the log of a running relay'
        'dead:dead letters\: list, show, export, replay, discard'
        'backup:copies a spool while the relay runs, or one that rests'
        'spool:the spool on disk\: verify, salvage, rotate-key'
        'sim:the two outside worlds, for rehearsals\: okta, logzio'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '*--version[Display program version information and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_$line[1]] )) && _hookline_$line[1] ;;
    esac
}

_hookline_serve() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--config[the configuration in TOML; not needed (or $HOOKLINE_CONFIG)]:FILE:_files' \
        '*--listen[where deliveries are taken (127.0.0.1\:8080); may be repeated]:ADDRESS: ' \
        '*--tls[HTTPS or plain HTTP]:on off:(on off)' \
        '*--certificate[PEM chain, for HTTPS]:FILE:_files' \
        '*--key[PEM key of the certificate]:FILE:_files' \
        '*--admin[admin API, health and metrics (127.0.0.1\:9180), or off]:ADDRESS: ' \
        '*--spool[where events are kept until Logz.io has them (./hookline-spool)]:DIR:_files -/' \
        '*--listener[replaces a region'\''s Logz.io listener; may be repeated]:REGION=URL: ' \
        && return
}

_hookline_try() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--rate[deliveries a second (20); 0\: as fast as it goes]:NUMBER: ' \
        '*--duration[ends by itself after this]:DURATION: ' \
        '*--spool[keeps the spool there; otherwise it is a temporary one]:DIR:_files -/' \
        '*--json[one JSON object a second in place of the screen]' \
        && return
}

_hookline_check() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--config[the configuration in TOML; not needed (or $HOOKLINE_CONFIG)]:FILE:_files' \
        '*--listen[where deliveries are taken (127.0.0.1\:8080); may be repeated]:ADDRESS: ' \
        '*--tls[HTTPS or plain HTTP]:on off:(on off)' \
        '*--certificate[PEM chain, for HTTPS]:FILE:_files' \
        '*--key[PEM key of the certificate]:FILE:_files' \
        '*--admin[admin API, health and metrics (127.0.0.1\:9180), or off]:ADDRESS: ' \
        '*--spool[where events are kept until Logz.io has them (./hookline-spool)]:DIR:_files -/' \
        '*--listener[replaces a region'\''s Logz.io listener; may be repeated]:REGION=URL: ' \
        '*--online[also DNS, TLS and each tenant'\''s token, with the listeners]' \
        '*--url[where Okta will post\: looked at from outside, with --online]:URL: ' \
        '*--region[the region of --token-file]:REGION: ' \
        '*--token-file[a token to try that no configuration names, with --online]:FILE:_files' \
        '*--yes[asks nothing\: writes the test lines, and tries other regions for a refused token]' \
        '*--keys[lists every key of the configuration instead]' \
        '*--markdown[with --keys\: as the tables of docs/configuration.md]' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_version() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_completion() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*:bash zsh:(bash zsh)'
}

_hookline_status() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--ready[only whether the relay takes deliveries, for health checks\: status 0, 1 or 69; needs no token]' \
        '*--healthy[only whether its threads take their turns, for what restarts it otherwise; as --ready else]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_tenant() {
    local line state
    local -a commands
    commands=(
        'list:every tenant with its queue'
        'test:sends a marked test event and follows it to Logz.io'
        'rekey:gives a tenant of header mode another token or region; its queue stays'
        'forget:deletes a tenant with its queue, letters and ids'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_tenant_$line[1]] )) && _hookline_tenant_$line[1] ;;
    esac
}

_hookline_tenant_list() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_tenant_test() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--wait[for Logz.io'\''s answer, at most so long (30 s)]:DURATION: ' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:TENANT: '
}

_hookline_tenant_rekey() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--region[the new region]:REGION: ' \
        '*--token-file[the new token; - is stdin]:FILE:_files' \
        '*--yes[does not ask]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:TENANT: '
}

_hookline_tenant_forget() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--yes[does not ask]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:TENANT: '
}

_hookline_gaps() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--from[only what ended after this\: an instant, a day, or how long ago]:WHEN: ' \
        '*--count[at most so many (1000)]:NUMBER: ' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_resend() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--tenant[of this tenant\: label or number]:TENANT: ' \
        '*--from[received at or after\: an instant, a day, or how long ago]:WHEN: ' \
        '*--to[received before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--after[goes on behind this record, as an interrupted one says]:NUMBER: ' \
        '*--dry-run[says what it would do and ends]' \
        '*--yes[does not ask]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_trace() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:UUID: '
}

_hookline_log() {
    local line state
    local -a commands
    commands=(
        'level:how much is logged, or from now on'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_log_$line[1]] )) && _hookline_log_$line[1] ;;
    esac
}

_hookline_log_level() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:debug info warn error:(debug info warn error)'
}

_hookline_dead() {
    local line state
    local -a commands
    commands=(
        'list:what could not be delivered, and why'
        'show:one letter whole\: reason, the exact answer, the bytes'
        'export:letters as NDJSON, with their bytes'
        'replay:puts letters back into their queues'
        'discard:deletes letters for good'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_dead_$line[1]] )) && _hookline_dead_$line[1] ;;
    esac
}

_hookline_dead_list() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--tenant[of this tenant\: label or number]:TENANT: ' \
        '*--reason[with this reason]:line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut:(line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut)' \
        '*--class[acknowledged events, or refused bodies and originals]:condemned kept_aside:(condemned kept_aside)' \
        '*--from[not before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--to[before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--count[at most so many (100 in a table, all with --json)]:NUMBER: ' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_dead_show() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--raw[the bytes alone, as they are]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:ID: '
}

_hookline_dead_export() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--tenant[of this tenant\: label or number]:TENANT: ' \
        '*--reason[with this reason]:line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut:(line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut)' \
        '*--class[acknowledged events, or refused bodies and originals]:condemned kept_aside:(condemned kept_aside)' \
        '*--from[not before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--to[before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--output[writes there, with a progress bar on a terminal]:FILE:_files' \
        '*--lines[only the log lines in them, as they were sent]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        && return
}

_hookline_dead_replay() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--tenant[of this tenant\: label or number]:TENANT: ' \
        '*--reason[with this reason]:line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut:(line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut)' \
        '*--class[acknowledged events, or refused bodies and originals]:condemned kept_aside:(condemned kept_aside)' \
        '*--from[not before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--to[before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--all[every letter there is]' \
        '*--dry-run[says what it would do and ends]' \
        '*--yes[does not ask]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:ID: '
}

_hookline_dead_discard() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--tenant[of this tenant\: label or number]:TENANT: ' \
        '*--reason[with this reason]:line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut:(line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut)' \
        '*--class[acknowledged events, or refused bodies and originals]:condemned kept_aside:(condemned kept_aside)' \
        '*--from[not before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--to[before\: an instant, a day, or how long ago]:WHEN: ' \
        '*--all[every letter there is]' \
        '*--dry-run[says what it would do and ends]' \
        '*--yes[does not ask]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:ID: '
}

_hookline_backup() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--admin[the relay'\''s admin address (127.0.0.1\:9180, or $HOOKLINE_ADMIN_LISTEN); https\://NAME\:PORT if it speaks TLS]:ADDRESS: ' \
        '*--admin-ca-file[whom to believe its certificate, besides the system'\''s authorities (or $HOOKLINE_ADMIN_CERTIFICATE)]:FILE:_files' \
        '*--spool[its spool\: for the admin token there, and asked itself when no relay runs]:DIR:_files -/' \
        '*--admin-token-file[the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)]:FILE:_files' \
        '*--spool-key-file[the spool'\''s key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:DIR:_files -/'
}

_hookline_spool() {
    local line state
    local -a commands
    commands=(
        'verify:reads all of a spool and says whether it is whole'
        'salvage:saves what can be read of a damaged spool'
        'rotate-key:gives a spool another main key'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_spool_$line[1]] )) && _hookline_spool_$line[1] ;;
    esac
}

_hookline_spool_verify() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--spool[the spool (./hookline-spool, or $HOOKLINE_SPOOL_DIRECTORY)]:DIR:_files -/' \
        '*--spool-key-file[the key it has, when that is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--keys[lists every key in hexadecimal instead\: none holds a secret]' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_spool_salvage() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--spool[the spool (./hookline-spool, or $HOOKLINE_SPOOL_DIRECTORY)]:DIR:_files -/' \
        '*--spool-key-file[the key it has, when that is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--dry-run[says what it would do and ends]' \
        '*--yes[does not ask]' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_spool_rotate-key() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--spool[the spool (./hookline-spool, or $HOOKLINE_SPOOL_DIRECTORY)]:DIR:_files -/' \
        '*--spool-key-file[the key it has, when that is not in the spool (or $HOOKLINE_SPOOL_KEY)]:FILE:_files' \
        '*--new-key-file[the new key\: 64 hexadecimal digits]:FILE:_files' \
        '*--yes[does not ask]' \
        '*--json[as JSON, for scripts]' \
        && return
}

_hookline_sim() {
    local line state
    local -a commands
    commands=(
        'okta:posts event hooks as Okta does, and tells what Okta would have lost'
        'logzio:a Logz.io listener on this machine, with faults to order'
    )
    _arguments -C -s \
        '*--help[Print this help message and exit]' \
        '1: :->command' '*:: :->rest'
    case $state in
        command) _describe command commands ;;
        rest) (( $+functions[_hookline_sim_$line[1]] )) && _hookline_sim_$line[1] ;;
    esac
}

_hookline_sim_okta() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--region[header mode\: sends logzio_region and a made-up token]:REGION: ' \
        '*--token-file[header mode\: the token to send in place of the made-up one]:FILE:_files' \
        '*--secret-file[what is sent in the authorization header]:FILE:_files' \
        '*--authorization-header[that header'\''s name (authorization)]:NAME: ' \
        '*--ca-file[PEM\: trusted besides the system'\''s authorities]:FILE:_files' \
        '*--no-verify[leaves Okta'\''s one-time verification out]' \
        '*--deliveries[ends after so many (0\: until stopped)]:NUMBER: ' \
        '*--duration[ends after this]:DURATION: ' \
        '*--rate[deliveries a second (10); 0\: as fast as it goes]:NUMBER: ' \
        '*--connections[at once (8)]:NUMBER: ' \
        '*--events-min[events in a delivery, at least (1)]:NUMBER: ' \
        '*--events-max[and at most (3)]:NUMBER: ' \
        '*--duplicates[share of deliveries offered again though they were taken (0)]:SHARE: ' \
        '*--reorder[share held back behind later ones (0)]:SHARE: ' \
        '*--previews[share in the form of Okta'\''s "Deliver request" (0)]:SHARE: ' \
        '*--timeout[how long Okta waits, connection included (3 s)]:DURATION: ' \
        '*--round-trip[as if Okta were this far away (0 ms)]:DURATION: ' \
        '*--retry-after[pause before the one retry (1 s); Okta'\''s own is not documented]:DURATION: ' \
        '*--no-keep-alive[a connection for each delivery]' \
        '*--events[System Log events, one a line, in place of made-up ones]:FILE:_files' \
        '*--events-again[begins anew at the end of that file]' \
        '*--org[whose events they are (dev-000000.okta.com)]:HOST: ' \
        '*--seed[the same seed makes the same events (1)]:NUMBER: ' \
        '*--acknowledged[writes each acknowledged uuid there]:FILE:_files' \
        '*--json[as JSON, for scripts]' \
        '*:URL: '
}

_hookline_sim_logzio() {
    _arguments -s \
        '*--help[Print this help message and exit]' \
        '*--listen[a region and its address (us=127.0.0.1\:9100, eu=127.0.0.1\:9101); may be repeated]:REGION=ADDRESS: ' \
        '*--tls[HTTPS with a certificate of its own]' \
        '*--certificate-out[writes that certificate, for client.ca_file]:FILE:_files' \
        '*--certificate-name[whom it names (localhost, 127.0.0.1, \:\:1); may be repeated]:NAME: ' \
        '*--certificate-days[how long it is valid (30); below 0 it has expired]:NUMBER: ' \
        '*--old-tls[TLS 1.2 and nothing newer]' \
        '*--tokens-file[the only tokens that are taken, one region\:token a line]:FILE:_files' \
        '*--control[faults, counts and lines as JSON over HTTP\: docs/rehearsal.md]:ADDRESS: ' \
        '*--lines[appends every accepted line]:FILE:_files' \
        '*--lines-with-account[each inside an object that tells region and account]' \
        '*--light[leaves out what Logz.io would tag\: for load]' \
        '*--url-type-wins[over the type in the document\: both are documented]' \
        '*--oversized-arrive[lines over 500,000 bytes appear as invalid documents, as once seen]' \
        '*--bad-encoding-status[answer to a body whose gzip is broken (400)]:STATUS: ' \
        '*--search-delay[until a line is found by /v1/search (0 ms)]:DURATION: ' \
        '*--documents[remembered to know duplicates (2000000)]:NUMBER: ' \
        '*--size-reading[which size must stay below 10 MB (either)]:wire inflated either:(wire inflated either)' \
        '*--three-counters[answers 400 in the shape seen live, without emptyLogLines]' \
        '*--blank-status[answer to a body of blank lines only (400)]:STATUS: ' \
        '*--seed[of faults by chance (1)]:NUMBER: ' \
        '*--json[as JSON, for scripts]' \
        && return
}

if [[ $funcstack[1] == _hookline ]]; then _hookline "$@"; else compdef _hookline hookline; fi
