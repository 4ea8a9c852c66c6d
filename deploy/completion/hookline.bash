# bash completion for hookline, made by `hookline completion bash`
_hookline() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${COMP_WORDS[i]}" in
            " serve"|" try"|" check"|" version"|" completion"|" status"|" tenant"|" tenant list"|" tenant rekey"|" tenant forget"|" gaps"|" trace"|" dead"|" dead list"|" dead show"|" dead export"|" dead replay"|" dead discard"|" sim"|" sim okta"|" sim logzio") path="$path ${COMP_WORDS[i]}" ;;
        esac
    done
    COMPREPLY=()
    case "$path $before" in
        " serve --config") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " serve --listen") return ;;
        " serve --tls") COMPREPLY=($(compgen -W "on off" -- "$word")); return ;;
        " serve --certificate") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " serve --key") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " serve --admin") return ;;
        " serve --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " serve --listener") return ;;
        " try --rate") return ;;
        " try --duration") return ;;
        " try --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " check --config") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " check --listen") return ;;
        " check --tls") COMPREPLY=($(compgen -W "on off" -- "$word")); return ;;
        " check --certificate") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " check --key") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " check --admin") return ;;
        " check --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " check --listener") return ;;
        " check --url") return ;;
        " check --region") return ;;
        " check --token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " status --admin") return ;;
        " status --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " status --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " tenant list --admin") return ;;
        " tenant list --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " tenant list --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " tenant rekey --region") return ;;
        " tenant rekey --token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " tenant rekey --admin") return ;;
        " tenant rekey --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " tenant rekey --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " tenant forget --admin") return ;;
        " tenant forget --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " tenant forget --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " gaps --from") return ;;
        " gaps --count") return ;;
        " gaps --admin") return ;;
        " gaps --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " gaps --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " trace --admin") return ;;
        " trace --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " trace --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead list --tenant") return ;;
        " dead list --reason") COMPREPLY=($(compgen -W "line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut" -- "$word")); return ;;
        " dead list --class") COMPREPLY=($(compgen -W "condemned kept_aside" -- "$word")); return ;;
        " dead list --from") return ;;
        " dead list --to") return ;;
        " dead list --count") return ;;
        " dead list --admin") return ;;
        " dead list --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " dead list --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead show --admin") return ;;
        " dead show --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " dead show --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead export --tenant") return ;;
        " dead export --reason") COMPREPLY=($(compgen -W "line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut" -- "$word")); return ;;
        " dead export --class") COMPREPLY=($(compgen -W "condemned kept_aside" -- "$word")); return ;;
        " dead export --from") return ;;
        " dead export --to") return ;;
        " dead export --output") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead export --admin") return ;;
        " dead export --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " dead export --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead replay --tenant") return ;;
        " dead replay --reason") COMPREPLY=($(compgen -W "line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut" -- "$word")); return ;;
        " dead replay --class") COMPREPLY=($(compgen -W "condemned kept_aside" -- "$word")); return ;;
        " dead replay --from") return ;;
        " dead replay --to") return ;;
        " dead replay --admin") return ;;
        " dead replay --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " dead replay --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " dead discard --tenant") return ;;
        " dead discard --reason") COMPREPLY=($(compgen -W "line_refused bulk_refused too_large token_refused too_old body_refused element_refused content_cut" -- "$word")); return ;;
        " dead discard --class") COMPREPLY=($(compgen -W "condemned kept_aside" -- "$word")); return ;;
        " dead discard --from") return ;;
        " dead discard --to") return ;;
        " dead discard --admin") return ;;
        " dead discard --spool") compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")); return ;;
        " dead discard --admin-token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim okta --region") return ;;
        " sim okta --token-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim okta --secret-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim okta --authorization-header") return ;;
        " sim okta --ca-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim okta --deliveries") return ;;
        " sim okta --duration") return ;;
        " sim okta --rate") return ;;
        " sim okta --connections") return ;;
        " sim okta --events-min") return ;;
        " sim okta --events-max") return ;;
        " sim okta --duplicates") return ;;
        " sim okta --reorder") return ;;
        " sim okta --previews") return ;;
        " sim okta --timeout") return ;;
        " sim okta --round-trip") return ;;
        " sim okta --events") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim okta --org") return ;;
        " sim okta --seed") return ;;
        " sim okta --acknowledged") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim logzio --listen") return ;;
        " sim logzio --certificate-out") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim logzio --tokens-file") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim logzio --control") return ;;
        " sim logzio --lines") compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
        " sim logzio --documents") return ;;
        " sim logzio --size-reading") COMPREPLY=($(compgen -W "wire inflated either" -- "$word")); return ;;
        " sim logzio --blank-status") return ;;
        " sim logzio --seed") return ;;
    esac
    case "$path" in
        "") COMPREPLY=($(compgen -W "serve try check version completion status tenant gaps trace dead sim --help --version" -- "$word")) ;;
        " serve") COMPREPLY=($(compgen -W "--help --config --listen --tls --certificate --key --admin --spool --listener" -- "$word")) ;;
        " try") COMPREPLY=($(compgen -W "--help --rate --duration --spool --json" -- "$word")) ;;
        " check") COMPREPLY=($(compgen -W "--help --config --listen --tls --certificate --key --admin --spool --listener --online --url --region --token-file --yes --keys --markdown --json" -- "$word")) ;;
        " version") COMPREPLY=($(compgen -W "--help --json" -- "$word")) ;;
        " completion") COMPREPLY=($(compgen -W "bash zsh --help" -- "$word")) ;;
        " status") COMPREPLY=($(compgen -W "--help --admin --spool --admin-token-file --json" -- "$word")) ;;
        " tenant") COMPREPLY=($(compgen -W "list rekey forget --help" -- "$word")) ;;
        " tenant list") COMPREPLY=($(compgen -W "--help --admin --spool --admin-token-file --json" -- "$word")) ;;
        " tenant rekey") COMPREPLY=($(compgen -W "--help --region --token-file --yes --admin --spool --admin-token-file --json" -- "$word")) ;;
        " tenant forget") COMPREPLY=($(compgen -W "--help --yes --admin --spool --admin-token-file --json" -- "$word")) ;;
        " gaps") COMPREPLY=($(compgen -W "--help --from --count --admin --spool --admin-token-file --json" -- "$word")) ;;
        " trace") COMPREPLY=($(compgen -W "--help --admin --spool --admin-token-file --json" -- "$word")) ;;
        " dead") COMPREPLY=($(compgen -W "list show export replay discard --help" -- "$word")) ;;
        " dead list") COMPREPLY=($(compgen -W "--help --tenant --reason --class --from --to --count --admin --spool --admin-token-file --json" -- "$word")) ;;
        " dead show") COMPREPLY=($(compgen -W "--help --raw --admin --spool --admin-token-file --json" -- "$word")) ;;
        " dead export") COMPREPLY=($(compgen -W "--help --tenant --reason --class --from --to --output --lines --admin --spool --admin-token-file" -- "$word")) ;;
        " dead replay") COMPREPLY=($(compgen -W "--help --tenant --reason --class --from --to --all --dry-run --yes --admin --spool --admin-token-file --json" -- "$word")) ;;
        " dead discard") COMPREPLY=($(compgen -W "--help --tenant --reason --class --from --to --all --dry-run --yes --admin --spool --admin-token-file --json" -- "$word")) ;;
        " sim") COMPREPLY=($(compgen -W "okta logzio --help" -- "$word")) ;;
        " sim okta") COMPREPLY=($(compgen -W "--help --region --token-file --secret-file --authorization-header --ca-file --no-verify --deliveries --duration --rate --connections --events-min --events-max --duplicates --reorder --previews --timeout --round-trip --events --org --seed --acknowledged --json" -- "$word")) ;;
        " sim logzio") COMPREPLY=($(compgen -W "--help --listen --tls --certificate-out --tokens-file --control --lines --documents --size-reading --three-counters --blank-status --seed --json" -- "$word")) ;;
    esac
}
complete -F _hookline hookline
