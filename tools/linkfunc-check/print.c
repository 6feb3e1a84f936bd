#include <stdio.h>

#include "check.h"

static const char *const severity_names[] = {
    [CHECK_NOTE] = "note",
    [CHECK_WARNING] = "warning",
    [CHECK_ERROR] = "error",
};

static void print_json(const check_finding_t *finding) {
    const cli_member_t members[] = {
        {"rule", finding->rule->id},       {"severity", severity_names[finding->rule->severity]},
        {"place", finding->place},         {"text", finding->text},
        {"remedy", finding->rule->remedy},
    };

    cli_print_json(stdout, members, sizeof(members) / sizeof(members[0]));
}

static void print_text(const check_finding_t *finding) {
    printf("%s: %s: %s: %s\n    %s\n", finding->place, severity_names[finding->rule->severity],
           finding->rule->id, finding->text, finding->rule->remedy);
}

void check_print(const check_findings_t *findings, bool as_json) {
    size_t i;

    printf("%s", as_json ? "{\"findings\": [" : "");
    for (i = 0; i < findings->count; i++) {
        if (as_json) {
            printf("%s", i == 0 ? "" : ", ");
            print_json(&findings->items[i]);
        } else {
            print_text(&findings->items[i]);
        }
    }
    printf("%s", as_json ? "]}\n" : "");
}
