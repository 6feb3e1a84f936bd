# shellcheck shell=bash
# What --list of the tool says under a flag.
_linkfunc_list() { # FLAG
    "${COMP_WORDS[0]/#\~\//$HOME/}" --list 2> /dev/null \
        | awk -v flag="$1" '/^[^ ]/ { found = index($0, "(" flag ")"); next } found { print $1 }'
}

# What the library on the command line exports, but for the hooks.
_linkfunc_functions() {
    local word
    for word in "${COMP_WORDS[@]:1}"; do
        if [[ $word == *.so ]]; then
            nm -D --defined-only -- "${word/#\~\//$HOME/}" 2> /dev/null \
                | awk '$2 == "T" && $3 !~ /^(_|ngx_link_func_)/ { print $3 }'
            return
        fi
    done
}

_linkfunc_reply() { # KIND WORD
    local kind=$1 word=$2
    case $kind in
        files | folders | libraries) compopt -o filenames ;;
    esac
    case $kind in
        files) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        folders) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        libraries) mapfile -t COMPREPLY < <(compgen -d -- "$word"; compgen -f -X '!*.so' -- "$word") ;;
        functions) mapfile -t COMPREPLY < <(compgen -W "$(_linkfunc_functions)" -- "$word") ;;
        list\ *) mapfile -t COMPREPLY < <(compgen -W "$(_linkfunc_list "${kind#* }")" -- "$word") ;;
        words\ *) mapfile -t COMPREPLY < <(compgen -W "${kind#* }" -- "$word") ;;
    esac
}

# Uses what its caller says of the tool: the kind of each option's argument, the
# options, the kinds of the operands.  Bash has cut the words at '='.
_linkfunc_complete() {
    local word current=${COMP_WORDS[COMP_CWORD]} pending='' count=0 only_operands=''
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        if [[ -n $pending ]]; then
            [[ $word == '=' ]] || pending=''
        elif [[ -z $only_operands && $word == -- ]]; then
            only_operands=yes
        elif [[ -z $only_operands && $word == -?* ]]; then
            [[ -z ${argument[$word]+set} ]] || pending=$word
        else
            count=$((count + 1))
        fi
    done
    if [[ -n $pending ]]; then
        _linkfunc_reply "${argument[$pending]}" "${current#=}"
    elif [[ -z $only_operands && $current == -* ]]; then
        # shellcheck disable=SC2154  # the caller's
        mapfile -t COMPREPLY < <(compgen -W "${options[*]}" -- "$current")
    else
        _linkfunc_reply "${operands[count]-}" "$current"
    fi
}
