# What --list of the tool says under a flag.
function TOOL_list
    set -l tool (commandline -opc)[1]
    eval $tool --list 2>/dev/null | awk -v flag="$argv[1]" '
        /^[^ ]/ { found = index($0, "(" flag ")"); next }
        found { word = $1; sub(/^ *[^ ]+ */, ""); print word "\t" $0 }'
end

# What the library on the command line exports, but for the hooks.
function TOOL_functions
    for word in (commandline -o)
        if string match -q -- '*.so' $word
            nm -D --defined-only -- (string replace -r '^~' $HOME -- $word) 2>/dev/null \
                | awk '$2 == "T" && $3 !~ /^(_|ngx_link_func_)/ { print $3 }'
            return
        end
    end
end

# How many operands stand before the cursor.
function TOOL_operands
    set -l words (commandline -opc)
    set -l value_follows no
    set -l count 0
    set -e words[1]
    for word in $words
        if test $value_follows = yes
            set value_follows no
            continue
        end
        switch $word
            case VALUE_OPTIONS
                set value_follows yes
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
