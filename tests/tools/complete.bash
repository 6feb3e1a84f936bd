#!/bin/bash
# Has bash complete the last word of a command line as it does at a tab, and
# prints what it offers:
#
#   complete.bash WORD...
#
# bash-completion finds the completion by the name of the command, in
# BASH_COMPLETION_USER_DIR; bash cuts words at '=' before.
. /usr/share/bash-completion/bash_completion
__load_completion "$1" || exit 1

COMP_WORDS=()
for word; do
    case $word in
        --*=*) COMP_WORDS+=("${word%%=*}" "=" "${word#*=}") ;;
        *) COMP_WORDS+=("$word") ;;
    esac
done
[[ ${COMP_WORDS[-1]} != '' || ${COMP_WORDS[-2]} != = ]] || unset 'COMP_WORDS[-1]'
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))

# It may be called only while a tab is answered.
compopt() { :; }

[[ $(complete -p -- "$1") =~ ' -F '([^ ]+) ]]
"${BASH_REMATCH[1]}" "$1"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
