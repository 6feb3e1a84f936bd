# Counts the TAP of every program in a CTest log, and prints the closing line.
# A program that ends before its plan is fulfilled has failed the rest of it;
# one without a plan is one test.  `failed` comes preset with what failed beside
# the tests that a log knows.

function close_program() {
    if (!open) {
        return
    }
    if (planned > seen) {
        failed += planned - seen
        print name ": " planned - seen " planned tests never ended"
    } else if (planned == 0) {
        if (program_failed) {
            failed++
        } else {
            passed++
        }
    } else if (program_failed && !not_ok) {
        failed++
        print name ": failed although each of its tests passed"
    }
    open = planned = seen = not_ok = program_failed = 0
}

# The log calls a test that its fixture kept from running passed.
/^Unable to find executable|^Failed test dependencies: / { close_program(); missing = 1 }
/^[0-9]+\/[0-9]+ Testing: / {
    close_program()
    open = 1
    name = $3
    program_failed = missing
    missing = 0
}
/^1\.\.[0-9]+/ { planned += substr($0, 4) }
/^ok .*# SKIP/ || /^not ok .*# SKIP/ { seen++; skipped++; print; next }
/^ok / { seen++; passed++ }
/^not ok / { seen++; failed++; not_ok++; print name ": " $0 }
/^Test Failed\./ { program_failed = 1 }
/^CTest failed: / { ctest_failed++ }

END {
    close_program()
    if (ctest_failed && !failed) {
        failed++
        print "CTest failed although each of its tests passed"
    }
    if (passed + failed + skipped == 0) {
        failed++
        print "no test ran"
    }
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed + skipped > 0
}
