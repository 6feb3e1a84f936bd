# Reads the file `arguments` and a tool's table (cli/table.awk), for the awk
# program of a shell that comes after this one:
#
#   awk -v tool=TOOL -f read.awk -f SHELL.awk arguments TABLE
#
# It gets the options from 1 to `count` with their flag, letter, argument, help
# and kind, and the operands from 1 to `operands` with name, kind and optional.

function kind_of(name, flag) {
    if ((tool ":" flag) in kinds) {
        return kinds[tool ":" flag]
    }
    if ((tool ":" name) in kinds) {
        return kinds[tool ":" name]
    }
    return name in kinds ? kinds[name] : ""
}

# "list --template" without its first word.
function rest_of(kind) {
    return substr(kind, index(kind, " ") + 1)
}

function quote(text) {
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}

# linkfunc-new is no name of a function everywhere.
function identifier() {
    word = tool
    gsub(/-/, "_", word)
    return word
}

FILENAME == ARGV[1] {
    if ($0 !~ /^(#|$)/) {
        name = $1
        sub(/^[^ ]+ +/, "")
        kinds[name] = $0
    }
    next
}

# Only the first line of usage; the others say what an option stands for.
/^usage/ && !usages++ {
    words = split(substr($0, 7), usage, " ")
    for (i = 1; i <= words; i++) {
        if (usage[i] == "[OPTION]...") {
            continue
        }
        operand_optional[++operands] = usage[i] ~ /^\[/
        gsub(/[][]/, "", usage[i])
        operand_name[operands] = usage[i]
        operand_kind[operands] = kind_of(usage[i], "")
    }
}

/^option/ {
    split($0, field, "|")
    flag[++count] = field[2]
    letter[count] = field[3]
    argument[count] = field[4]
    help[count] = $0
    sub(/^[^|]*\|[^|]*\|[^|]*\|[^|]*\|/, "", help[count])
    kind[count] = argument[count] == "" ? "" : kind_of(argument[count], flag[count])
}
