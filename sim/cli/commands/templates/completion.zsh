#compdef willing
# Completion of `willing` in zsh.
_willing_completion() {
    local kind value help option=${(M)PREFIX#--*=} # -U drops what stands before a value: --out=
    local -a names described numbers
    env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _WILLING_COMPLETE=zsh_complete "${words[1]}" 2>/dev/null |
        while IFS= read -r kind && IFS= read -r value && IFS= read -r help; do
            if [[ $value == *= ]]; then
                numbers+=("$value:$help")
            elif [[ $help != _ ]]; then
                described+=("$value:$help")
            elif [[ $value == *[/.] ]]; then
                # no space behind a folder, or where a path goes on
                compadd -U -P "$option" -S '' -- "$value"
            else
                names+=("$value")
            fi
        done
    (( $#described )) && _describe -V command described -U -P "$option"
    (( $#numbers )) && _describe -V number numbers -U -P "$option" -S ''
    (( $#names )) && compadd -U -P "$option" -V names -a names
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _willing_completion "$@"
else
    compdef _willing_completion willing
fi
