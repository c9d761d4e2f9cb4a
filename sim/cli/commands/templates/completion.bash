# Completion of `willing` in bash. Works from bash 3.2 on; names of commands stay in order from 4.4 on.
_willing_completion() {
    local IFS=$'\n' words=() word before= reply
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        # bash takes --out=results apart into three words.
        [[ $word == = && $before == --* ]] || words+=("$word")
        before=$word
    done
    [[ $word == = ]] && words+=("")
    COMPREPLY=()
    while IFS= read -r reply; do
        reply=${reply#*,}
        # What is on disk is completed as file names are: quoted, and with a slash behind a folder.
        if [[ ${#words[@]} -gt 2 && -e $reply ]] && compopt -o filenames 2>/dev/null; then
            reply=${reply%/}
        fi
        # A path goes on behind a dot, and a value behind an equals sign.
        [[ $reply == *[.=] ]] && compopt -o nospace 2>/dev/null
        [[ -n $reply ]] && COMPREPLY+=("$reply")
    done < <(
        env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \
            _WILLING_COMPLETE=bash_complete "$1" 2>/dev/null
    )
}
complete -o nosort -F _willing_completion willing 2>/dev/null ||
    complete -F _willing_completion willing
