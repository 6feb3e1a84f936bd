# A completion for bash: what the tool takes, and common.bash that completes it.

END {
    print "# bash completion for " tool
    print ""
    while ((getline line < common) > 0) {
        if (line !~ /^# shellcheck shell/) {
            print line
        }
    }
    print ""
    print "_" identifier() "() {"
    print "    # shellcheck disable=SC2034  # read by _linkfunc_complete"
    print "    local -A argument=("
    for (i = 1; i <= count; i++) {
        if (argument[i] != "") {
            print "        [" flag[i] "]=" quote(kind[i])
            if (letter[i] != "") {
                print "        [-" letter[i] "]=" quote(kind[i])
            }
        }
    }
    print "    )"
    print "    local -a options=("
    for (i = 1; i <= count; i++) {
        print "        " flag[i] (letter[i] != "" ? " -" letter[i] : "")
    }
    print "    )"
    print "    local -a operands=("
    for (i = 1; i <= operands; i++) {
        print "        " quote(operand_kind[i])
    }
    print "    )"
    print "    _linkfunc_complete"
    print "}"
    print ""
    print "complete -F _" identifier() " " tool
}
