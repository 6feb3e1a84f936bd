# Reads what TOOL --help prints, and prints the table that it came from:
#
#   usage|OPERANDS AND OPTIONS          for each line of usage, and each way in it
#   option|--FLAG|LETTER|ARGUMENT|HELP  LETTER and ARGUMENT may be empty
#
# The manual page and the completions are made from it.

/^usage: / || /^       [^ ]/ {
    sub(/^(usage:| *) */, "")
    sub(/^[^ ]+ */, "")
    common = /^\[OPTION\]/ ? "[OPTION]... " : ""
    ways = split($0, way, / \| /)
    for (i = 1; i <= ways; i++) {
        print "usage|" (i > 1 ? common : "") way[i]
    }
}

# The argument is one blank behind the flag, the help is more or follows it.
/^  (-[^-],|   ) --/ {
    letter = substr($0, 3, 1) == "-" ? substr($0, 4, 1) : ""
    rest = substr($0, 7)
    flag = rest
    sub(/ .*/, "", flag)
    rest = substr(rest, length(flag) + 1)
    argument = ""
    if (match(rest, /^ [A-Z@][A-Z=@|.]*( |$)/)) {
        argument = substr(rest, 2, RLENGTH - 1)
        sub(/ $/, "", argument)
        rest = substr(rest, RLENGTH)
    }
    sub(/^ +/, "", rest)
    print "option|" flag "|" letter "|" argument "|" rest
}
