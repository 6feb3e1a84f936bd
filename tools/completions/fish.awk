# A completion for fish.

# What "complete" is told of an argument.
function action(kind, function_name) {
    if (kind == "files") {
        return "-r -F"
    }
    if (kind == "folders") {
        return "-x -a '(__fish_complete_directories (commandline -ct))'"
    }
    if (kind == "libraries") {
        return "-x -k -a '(__fish_complete_suffix .so)'"
    }
    if (kind == "functions") {
        return "-x -a '(" function_name "_functions)'"
    }
    if (kind ~ /^list /) {
        return "-x -a '(" function_name "_list " rest_of(kind) ")'"
    }
    return kind ~ /^words / ? "-x -a " fish_quote(rest_of(kind)) : "-x"
}

function fish_quote(text) {
    gsub(/[\\']/, "\\\\&", text)
    return "'" text "'"
}

END {
    name = "__" identifier()
    print "# fish completion for " tool
    print ""
    while ((getline line < common) > 0) {
        if (line == "            case VALUE_OPTIONS") {
            line = "            case"
            for (i = 1; i <= count; i++) {
                if (argument[i] != "") {
                    line = line " " flag[i] (letter[i] != "" ? " -" letter[i] : "")
                }
            }
            if (line ~ /case$/) {
                line = line " ''"
            }
        }
        gsub(/TOOL/, name, line)
        print line
    }
    print ""
    print "complete -c " tool " -f"
    for (i = 1; i <= count; i++) {
        print "complete -c " tool (letter[i] != "" ? " -s " letter[i] : "") " -l " substr(flag[i], 3) \
            " -d " fish_quote(help[i]) (argument[i] != "" ? " " action(kind[i], name) : "")
    }
    for (i = 1; i <= operands; i++) {
        if (operand_kind[i] != "") {
            words = action(operand_kind[i], name)
            sub(/^-r |^-x /, "", words)
            print "complete -c " tool " -n 'test (" name "_operands) -eq " i - 1 "' " words
        }
    }
}
