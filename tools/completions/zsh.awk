# A completion for zsh, for its _arguments.

function action(kind) {
    if (kind == "files") {
        return "_files"
    }
    if (kind == "folders") {
        return "_files -/"
    }
    if (kind == "libraries") {
        return "_files -g \"*.so(-.)\""
    }
    if (kind == "functions") {
        return "_linkfunc_functions"
    }
    if (kind ~ /^list /) {
        return " _linkfunc_list " rest_of(kind) # the blank keeps _arguments from adding words
    }
    return kind ~ /^words / ? "(" rest_of(kind) ")" : " "
}

function description(text) {
    gsub(/[][\\]/, "\\\\&", text)
    return "[" text "]"
}

# Once, unless the help says otherwise; nothing goes with --help and --version.
function option(i,    names, excluded) {
    names = (letter[i] != "" ? "-" letter[i] " " : "") flag[i]
    excluded = help[i] ~ /may be repeated/ ? "*" : "(" names ")"
    if (flag[i] == "--help" || flag[i] == "--version") {
        excluded = "(- : *)"
    }
    names = flag[i] (argument[i] != "" ? "=" : "")
    if (letter[i] != "") {
        names = "{-" letter[i] (argument[i] != "" ? "+" : "") "," names "}"
    }
    return quote(excluded) names quote(description(help[i]) \
        (argument[i] != "" ? ":" argument[i] ":" action(kind[i]) : ""))
}

END {
    print "#compdef " tool
    print ""
    while ((getline line < common) > 0) {
        print line
    }
    print ""
    print "_arguments -S : \\"
    for (i = 1; i <= count; i++) {
        print "    " option(i) " \\"
    }
    for (i = 1; i <= operands; i++) {
        print "    " quote(i ":" (operand_optional[i] ? ":" : "") operand_name[i] ":" action(operand_kind[i])) \
            (i < operands ? " \\" : "")
    }
}
