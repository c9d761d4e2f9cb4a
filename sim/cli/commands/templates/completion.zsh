#compdef willing
# Completion of `willing` in zsh.
_willing_completion() {
    local kind value help
    local -a names described numbers
    env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _WILLING_COMPLETE=zsh_complete "${words[1]}" 2>/dev/null |
        while IFS= read -r kind && IFS= read -r value && IFS= read -r help; do
            if [[ $value == *= ]]; then
                numbers+=("$value:$help")
            elif [[ $help != _ ]]; then
                described+=("$value:$help")
            elif [[ $value == *[/.] ]]; then
                compadd -U -S '' -- "$value" # no space behind a folder, or where a path goes on
            else
                names+=("$value")
            fi
        done
    (( $#described )) && _describe -V command described -U
    (( $#numbers )) && _describe -V number numbers -U -S ''
    (( $#names )) && compadd -U -V names -a names
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _willing_completion "$@"
else
    compdef _willing_completion willing
fi
