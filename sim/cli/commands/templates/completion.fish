# Completion of `willing` in fish.
function _willing_completion
    set -l words (commandline -cp | string collect)
    set -l word (commandline -ct | string collect --allow-empty)
    set -l option (string match -r -- '^--[^=]+=' "$word")
    for line in (env COMP_WORDS="$words" COMP_CWORD="$word" _WILLING_COMPLETE=fish_complete willing 2>/dev/null)
        set -l reply (string split -m 1 -f 2 , -- $line)
        and echo -- "$option$reply"
    end
end
complete --command willing --no-files --keep-order --arguments "(_willing_completion)"
