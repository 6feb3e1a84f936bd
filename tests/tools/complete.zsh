#!/usr/bin/zsh -f
# Types a line and a tab into an interactive zsh, and prints the words that its
# completion offers:
#
#   complete.zsh FOLDER-OF-COMPLETIONS LINE
#
# What zsh draws depends on the terminal; the words are taken where the
# completion hands them over, from compadd.
zmodload zsh/zpty

start=$(mktemp -d)
result=$start/words
: > $result
trap 'zpty -d shell 2> /dev/null; rm -rf $start' EXIT

set_up='
unsetopt beep
compadd() {
    local -a offered
    if [[ -z ${(M)@:#-[OAD]*} ]]; then
        builtin compadd -O offered "$@"
        (( ! $#offered )) || print -l -- $offered >> '$result'
    fi
    builtin compadd "$@"
}
note_the_end() { : > '$result'.done }
fpath=('${(q)1}' $fpath)
autoload -U compinit
compinit -u -d "$HOME/zcompdump"
bindkey "^I" complete-word
comppostfuncs=(note_the_end)
zstyle ":completion:*" insert-tab false
'

# Not by typing it: only the line goes through the terminal.
print -r -- $set_up > $start/.zshrc
zpty shell "cd ${(q)PWD}; ZDOTDIR=${(q)start} TERM=dumb zsh -d -i"
zpty -n -w shell $2$'\t'
for (( i = 0; i < 600; i++ )); do
    [[ ! -e $result.done ]] || break
    while zpty -r -t shell output; do drawn+=$output; done
    sleep 0.05
done
[[ -e $result.done ]] || { print -u 2 "no completion within 30 seconds: $drawn"; exit 1 }
sort -u $result
