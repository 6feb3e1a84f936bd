# Makes a manual page of a tool's table (cli/table.awk) and of what was written
# by hand, in which @SYNOPSIS@, @OPTIONS@, @VERSION@ and @DATE@ stand for the
# rest, and @TOOLS@ for a list of all tools, of which PROSE... was written:
#
#   awk -v version=V -v date=D -f page.awk TABLE PROSE [PROSE...]

# Fonts are macros' affair, and a '-' in a page is a hyphen.
function text(words) {
    gsub(/\\/, "\\e", words)
    gsub(/-/, "\\-", words)
    return words
}

function sentence(words) {
    words = toupper(substr(words, 1, 1)) substr(words, 2)
    return text(words) "."
}

# "--dir PATH" as macros.
function element(words,    count, word, i, out) {
    count = split(words, word, / +/)
    for (i = 1; i <= count; i++) {
        out = out (i > 1 ? " " : "")
        out = out (word[i] ~ /^-/ ? "Fl " text(substr(word[i], 2)) : "Ar " word[i])
    }
    return out
}

function synopsis(usage,    words, inner) {
    print ".Nm"
    while (usage != "") {
        match(usage, /^(\[[^\]]*\](\.\.\.)?|[^ ]+( [A-Z]+)?)/)
        words = substr(usage, 1, RLENGTH)
        usage = substr(usage, RLENGTH + 1)
        sub(/^ +/, "", usage)
        inner = words
        sub(/^\[/, "", inner)
        sub(/\](\.\.\.)?$/, "", inner)
        print "." (words ~ /^\[/ ? "Op " : "") element(inner) (words ~ /\.\.\.$/ ? " ..." : "")
    }
}

function options(    i) {
    print ".Bl -tag -width Ds"
    for (i = 1; i <= count; i++) {
        print ".It " (letter[i] != "" ? "Fl " letter[i] " , " : "") "Fl " text(substr(flag[i], 2)) \
            (argument[i] != "" ? " Ar " argument[i] : "")
        print sentence(help[i])
    }
    print ".El"
}

function in_table() {
    return FILENAME == ARGV[1]
}

# Name and description of a page that is not among those to read.
function tool(prose,    line) {
    while ((getline line < prose) > 0) {
        if (line ~ /^\.Nm / || line ~ /^\.Nd /) {
            print line ~ /^\.Nm / ? ".It Xr " substr(line, 5) " 1" : sentence(substr(line, 5))
        }
    }
    close(prose)
}

function tools(    i) {
    print ".Bl -tag -width Ds"
    for (i = 1; i <= others; i++) {
        tool(other[i])
    }
    print ".El"
}

BEGIN {
    for (i = 3; i < ARGC; i++) {
        other[++others] = ARGV[i]
        ARGV[i] = ""
    }
}

in_table() && /^usage/ { usage[++usages] = substr($0, 7) }

in_table() && /^option/ {
    split($0, field, "|")
    flag[++count] = field[2]
    letter[count] = field[3]
    argument[count] = field[4]
    help[count] = $0
    sub(/^[^|]*\|[^|]*\|[^|]*\|[^|]*\|/, "", help[count])
}

in_table() { next }

$0 == "@SYNOPSIS@" {
    for (i = 1; i <= usages; i++) {
        synopsis(usage[i])
    }
    next
}

$0 == "@OPTIONS@" {
    options()
    next
}

$0 == "@TOOLS@" {
    tools()
    next
}

{
    gsub(/@VERSION@/, version)
    gsub(/@DATE@/, date)
    print
}
