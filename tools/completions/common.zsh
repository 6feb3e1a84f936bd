# What --list of the tool says under a flag.
_linkfunc_list() { # FLAG
    local -a found
    found=(${(f)"$(${~${(Q)words[1]}} --list 2> /dev/null | awk -v flag="$1" '
        /^[^ ]/ { found = index($0, "(" flag ")"); next }
        found { word = $1; sub(/^ *[^ ]+ */, ""); print word ":" $0 }')"})
    _describe -t values "${1#--}" found
}

# What the library on the command line exports, but for the hooks.
_linkfunc_functions() { # ARGUMENT-OF-COMPADD...
    local library=${words[(r)*.so]}
    local -a found
    [[ -n $library ]] || return 1
    found=(${(f)"$(nm -D --defined-only -- ${~${(Q)library}} 2> /dev/null \
        | awk '$2 == "T" && $3 !~ /^(_|ngx_link_func_)/ { print $3 }')"})
    compadd "$@" -a found
}
