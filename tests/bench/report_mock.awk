# Makes a table, or a JSON object with -v format=json, of what bench_mock and
# bench_mock_asan have printed: nanoseconds, tab, allocations.

BEGIN {
    name[1] = "plain"
    name[2] = "AddressSanitizer"
    most[1] = 1000
    most[2] = 10000
}

{
    time[NR] = $1
    allocations[NR] = NR == 1 ? $2 : "-"
}

function verdict(i) {
    return sprintf("%s: at most %d ns", time[i] <= most[i] ? "met" : "missed", most[i])
}

END {
    if (format == "json") {
        printf "{\"mock_call\": {\"ns\": %d, \"ns_asan\": %d, \"allocations\": %s}}\n", time[1], time[2], allocations[1]
        exit
    }
    printf "%-36s%9s%14s  %s\n", "a call through the mock", "ns", "allocations", "target"
    for (i = 1; i <= NR; i++)
        printf "%-36s%9d%14s  %s\n", name[i], time[i], allocations[i], verdict(i)
}
