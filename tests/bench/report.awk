# Makes a table, or JSON with -v format=json, of the rows of tests/bench/run:
# name, tab, instructions per request or the reason why there are none.

BEGIN {
    limit_target["function"] = limit_target["function, NULL line and type"] = 1.02
    limit_target["counter: cache under the mutex"] = limit_target["counter: dict_incr"] = 1.12
    stock_target["return 200, module unused"] = stock_target["return 200, library used elsewhere"] = 1
}

{
    name[NR] = $1
    cost[NR] = $2
    of[$1] = $2
}

function measured(i) {
    return cost[i] ~ /^[0-9]+$/
}

# What is said of the target of a row: empty where it has none.
function target(i) {
    if (name[i] in limit_target)
        return verdict(cost[i] / of["the limit"], limit_target[name[i]], "the limit")
    if (name[i] in stock_target)
        return verdict(cost[i] / of["return 200"], stock_target[name[i]], "return 200")
}

# To three digits, which is what the table shows.
function verdict(ratio, most, unit) {
    return sprintf("%s: at most %.2f of %s", sprintf("%.3f", ratio) + 0 <= most ? "met" : "missed", most, unit)
}

function table(    i) {
    printf "%-36s%9s%12s%14s  %s\n", "instructions per request", "to limit", "to return", "instructions", "target"
    for (i = 1; i <= NR; i++)
        if (measured(i))
            printf "%-36s%9.3f%12.3f%14d  %s\n", name[i], cost[i] / of["the limit"], cost[i] / of["return 200"], \
                cost[i], target(i)
        else
            printf "%-36s%9s%12s%14s  %s\n", name[i], "-", "-", "-", cost[i]
}

function json(    i) {
    print "{\"instructions_per_request\": ["
    for (i = 1; i <= NR; i++) {
        printf "  {\"name\": \"%s\", ", name[i]
        if (measured(i))
            printf "\"to_limit\": %.4f, \"to_return\": %.4f, \"instructions\": %d, \"target\": \"%s\"}", \
                cost[i] / of["the limit"], cost[i] / of["return 200"], cost[i], target(i)
        else
            printf "\"skipped\": \"%s\"}", cost[i]
        print i < NR ? "," : ""
    }
    print "]}"
}

END {
    if (format == "json")
        json()
    else
        table()
}
