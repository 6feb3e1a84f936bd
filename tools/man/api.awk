# Makes section 3 of the manual of the public headers: a page for each group of
# declarations that one comment stands above, a link for each other name in it,
# and a page for each header.
#
#   awk -v version=V -v date=D -v folder=OUTPUT -f api.awk HEADER...
#
# What it relies on: "/*" alone on a line begins a section of the header, and
# "/* Text" the comment on what follows directly; a blank line ends a group;
# what ends with '_' is not public.

function escape(words) {
    gsub(/\\/, "\\e", words)
    gsub(/-/, "\\-", words)
    return words
}

# A line of text must not be taken for a request.
function line_of_text(words) {
    words = escape(words)
    return words ~ /^[.']/ ? "\\&" words : words
}

# A sentence to a line, as mdoc wants it.
function paragraph(words,    sentence, count, i) {
    if (words == "") {
        return
    }
    gsub(/[.]  /, ".\n", words)
    gsub(/[.] [A-Z]/, "&\001", words)
    while (match(words, /[.] [A-Z]\001/)) {
        words = substr(words, 1, RSTART) "\n" substr(words, RSTART + 2, 1) substr(words, RSTART + 4)
    }
    count = split(words, sentence, "\n")
    for (i = 1; i <= count; i++) {
        print line_of_text(sentence[i]) > page
    }
}

# Comment text: paragraphs are filled, what is indented stays as it is.
function prose(words,    line, count, i, filled, literal) {
    count = split(words, line, "\n")
    for (i = 1; i <= count; i++) {
        if (line[i] ~ /^  / || (literal && line[i] == "" && line[i + 1] ~ /^  /)) {
            paragraph(filled)
            filled = ""
            if (!literal) {
                print ".Bd -literal" > page
            }
            literal = 1
            print line[i] == "" ? "" : line_of_text(line[i]) > page
            continue
        }
        if (literal) {
            print ".Ed" > page
            literal = 0
            if (i < count) {
                print ".Pp" > page
            }
        }
        if (line[i] != "") {
            filled = filled (filled == "" ? "" : " ") line[i]
        } else if (filled != "") {
            paragraph(filled)
            filled = ""
            if (i < count && line[i + 1] !~ /^  /) {
                print ".Pp" > page
            }
        }
    }
    paragraph(filled)
    if (literal) {
        print ".Ed" > page
    }
}

function head(name, title) {
    page = folder "/" name ".3"
    title = toupper(name)
    printf ".Dd %s\n.Dt %s 3\n.Os ngx_link_func %s\n.Sh NAME\n", date, title, version > page
}

# What a list of manuals says of it: the comment's first clause.
function clause(words) {
    gsub(/\n/, " ", words)
    if (match(words, /[.;:]( |$)/)) {
        words = substr(words, 1, RSTART - 1)
    }
    while (length(words) > 80 && match(words, /, [^,]*$/)) {
        words = substr(words, 1, RSTART - 1)
    }
    return escape(words)
}

function trim(words) {
    sub(/^[ \n]+/, "", words)
    sub(/[ \n]+$/, "", words)
    return words
}

#
# Reading
#

# The text of a comment without its marks.
function uncomment(words,    line, count, i, out) {
    sub(/^[ ]*\/\*/, "", words)
    sub(/[ ]*\*\/[ ]*$/, "", words)
    count = split(words, line, "\n")
    for (i = 1; i <= count; i++) {
        sub(/^ \*/, "", line[i])
        sub(/^ /, "", line[i])
        out = out (i > 1 ? "\n" : "") line[i]
    }
    return trim(out)
}

# The first comment is that of the header, one that follows its number that of
# all that a version has added, any other begins a section.
function take_section(words) {
    if (!(header in overview)) {
        match(words, / - [^\n]*/)
        summary[header] = substr(words, RSTART + 3, RLENGTH - 3)
        sub(/[.]$/, "", summary[header])
        words = trim(substr(words, RSTART + RLENGTH))
        sub(/SPDX[^\n]*\n/, "", words)
        overview[header] = trim(words)
    } else if (opens_version) {
        opens_version = 0
        version_text = words
        sub(/^[^.]*[.] */, "", version_text)
    } else {
        open_section(words)
    }
}

# The title ends at the first stop.
function open_section(words,    rest) {
    section = ++sections
    section_header[section] = header
    section_title[section] = words
    sub(/[:.\n].*/, "", section_title[section])
    rest = trim(substr(words, length(section_title[section]) + 2))
    section_text[section] = toupper(substr(rest, 1, 1)) substr(rest, 2)
}

function name_of(declaration) {
    gsub(/\/\*[^*]*\*\//, "", declaration)
    if (declaration ~ /^#define/) {
        sub(/^#define /, "", declaration)
        sub(/[^A-Za-z0-9_].*/, "", declaration)
    } else if (declaration ~ /^typedef/ && declaration !~ /\(\*/) {
        sub(/ *;[^;]*$/, "", declaration)
        sub(/.*[^A-Za-z0-9_]/, "", declaration)
    } else {
        sub(/^typedef[^(]*\(\*/, "", declaration)
        sub(/[()].*/, "", declaration)
        sub(/.*[^A-Za-z0-9_]/, "", declaration)
    }
    return declaration
}

# A macro's text is nobody's business, unless it is a constant.
function shown(declaration) {
    if (declaration ~ /^#define [A-Za-z0-9_]*\(/) {
        sub(/\).*/, ")", declaration)
    }
    sub(/^static inline /, "", declaration)
    sub(/\) \{.*/, ");", declaration)
    gsub(/\n *(__attribute__[^\n]*)?;/, ";", declaration)
    return declaration
}

function take_declaration(declaration,    name) {
    name = name_of(declaration)
    if (name ~ /_$/ || name ~ /_H$/) {
        comment = ""
        return
    }
    if (!open_group) {
        open_group = ++groups
        group_header[groups] = header
        group_section[groups] = section
        group_text[groups] = comment
        group_since[groups] = since
        group_version_text[groups] = version_text
        comment = ""
    }
    synopsis[open_group] = synopsis[open_group] shown(declaration) "\n"
    names[open_group] = names[open_group] (names[open_group] == "" ? "" : " ") name
}

# A comment on nothing belongs to the section, or to a line that no page shows.
function end_group() {
    if (comment != "" && !directive && section) {
        section_text[section] = section_text[section] (section_text[section] == "" ? "" : "\n\n") comment
    }
    comment = ""
    open_group = 0
    directive = 0
}

FNR == 1 {
    header = FILENAME
    sub(/.*\//, "", header)
    headers[++header_count] = header
    section = since = 0
    version_text = comment = ""
}

in_comment {
    block = block "\n" $0
    if ($0 ~ /\*\//) {
        in_comment = 0
        if (block ~ /^\/\*\n/) {
            take_section(uncomment(block))
        } else {
            comment = uncomment(block)
        }
    }
    next
}

in_declaration == 0 && /^\/\*/ {
    block = $0
    if ($0 ~ /\*\//) {
        comment = uncomment(block)
    } else {
        in_comment = 1
    }
    next
}

in_declaration == 0 && /^$/ {
    end_group()
    next
}

/^#define/ {
    in_macro = 1
    macro = $0
}

in_macro {
    if ($0 !~ /\\$/) {
        in_macro = 0
        take_declaration(macro)
    }
    next
}

/^#if NGX_LINK_FUNC_API >= / {
    since = $NF
    opens_version = 1
    open_section("Since version " since)
}

/^#endif .*NGX_LINK_FUNC_API/ {
    since = 0
    version_text = ""
}

/^#/ || /^extern "C"/ {
    directive = 1
    next
}

in_declaration == 0 && /^}/ { next }

{
    text = $0
    declaration = in_declaration ? declaration "\n" text : text
    in_declaration = 1
    gsub(/\/\*[^*]*\*\//, "", text)
    gsub(/"[^"]*"/, "", text)
    depth += gsub(/[{(]/, "", text) - gsub(/[})]/, "", text)
    if (depth == 0 && (text ~ /; *$/ || (text == "" && $0 == "}"))) {
        in_declaration = 0
        take_declaration(declaration)
    }
}

#
# Writing
#

# Names in order, each once; without the page's own.
function see_also(list, own,    name, count, i, j, kept, word, out) {
    count = split(list, name, " ")
    for (i = 1; i <= count; i++) {
        word = name[i]
        if (word == own || index(" " out " ", " " word " ")) {
            continue
        }
        out = out " " word
        for (j = kept++; j > 0 && tolower(sorted[j]) > tolower(word); j--) {
            sorted[j + 1] = sorted[j]
        }
        sorted[j + 1] = word
    }
    print ".Sh SEE ALSO" > page
    for (i = 1; i <= kept; i++) {
        print ".Xr " sorted[i] " 3" (i < kept ? " ," : "") > page
    }
}

function first(words) {
    sub(/ .*/, "", words)
    return words
}

function page_of_header(name) {
    sub(/[.]h$/, "", name)
    return name
}

function write_names(list,    name, count, i) {
    count = split(list, name, " ")
    for (i = 1; i <= count; i++) {
        print ".Nm " name[i] (i < count ? " ," : "") > page
        if (i > 1) {
            print ".so man3/" name[1] ".3" > (folder "/" name[i] ".3")
            close(folder "/" name[i] ".3")
        }
    }
}

function write_group(g,    s, i, related) {
    s = group_section[g]
    head(first(names[g]))
    write_names(names[g])
    print ".Nd " clause(group_text[g] != "" ? group_text[g] : s && section_title[s] != "" ? section_title[s] \
        : summary[group_header[g]]) > page
    printf ".Sh SYNOPSIS\n.In %s\n.Bd -literal\n%s.Ed\n", group_header[g], escape(synopsis[g]) > page
    if (group_text[g] != "" || (s && section_text[s] != "") || group_version_text[g] != "") {
        print ".Sh DESCRIPTION" > page
        prose(group_text[g])
        if (s && section_text[s] != "") {
            if (group_text[g] != "") {
                print ".Ss " escape(section_title[s]) > page
            }
            prose(section_text[s])
        }
        if (group_version_text[g] != "") {
            print ".Ss Functions since version " group_since[g] > page
            prose(group_version_text[g])
        }
    }
    related = page_of_header(group_header[g])
    for (i = 1; i <= groups; i++) {
        if (s && group_section[i] == s) {
            related = related " " first(names[i])
        }
    }
    see_also(related, first(names[g]))
    if (group_since[g]) {
        printf ".Sh HISTORY\nSince version %s of the interface.\n", group_since[g] > page
    }
    close(page)
}

function write_list(g,    name, count, i) {
    count = split(names[g], name, " ")
    for (i = 1; i <= count; i++) {
        print ".It Xr " name[i] " 3" > page
    }
}

function write_header(name,    s, g, related, i) {
    head(page_of_header(name))
    print ".Nm " page_of_header(name) "\n.Nd " escape(summary[name]) > page
    print ".Sh SYNOPSIS\n.In " name "\n.Sh DESCRIPTION" > page
    prose(overview[name])
    for (s = 0; s <= sections; s++) {
        if (s > 0 && section_header[s] != name) {
            continue
        }
        opened = 0
        for (g = 1; g <= groups; g++) {
            if (group_header[g] != name || group_section[g] != s) {
                continue
            }
            if (!opened) {
                print ".Ss " (s ? escape(section_title[s]) : "Names and types") "\n.Bl -tag -width Ds -compact" > page
                opened = 1
            }
            write_list(g)
        }
        if (opened) {
            print ".El" > page
        }
    }
    for (i = 1; i <= header_count; i++) {
        related = related " " page_of_header(headers[i])
    }
    see_also(related, page_of_header(name))
    close(page)
}

END {
    for (g = 1; g <= groups; g++) {
        write_group(g)
    }
    for (h = 1; h <= header_count; h++) {
        write_header(headers[h])
    }
}
