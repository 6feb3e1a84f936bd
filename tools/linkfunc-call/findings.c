#include "findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static char *dup(const char *text) {
    char *copy = strdup(text);

    if (copy == NULL) {
        abort();
    }
    return copy;
}

static void add(findings_t *findings, const ngx_link_func_mock_t *mock, size_t i) {
    finding_t *added;

    findings->items = realloc(findings->items, (findings->count + 1) * sizeof(*findings->items));
    if (findings->items == NULL) {
        abort();
    }
    added = &findings->items[findings->count++];
    added->code = ngx_link_func_mock_code_name(ngx_link_func_mock_finding_code(mock, i));
    added->function = dup(ngx_link_func_mock_finding_function(mock, i));
    added->site = dup(ngx_link_func_mock_finding_site(mock, i));
    added->text = dup(ngx_link_func_mock_finding_text(mock, i));
}

void findings_take(findings_t *findings, ngx_link_func_mock_t *mock) {
    size_t i;

    for (i = 0; i < ngx_link_func_mock_finding_count(mock); i++) {
        add(findings, mock, i);
    }
    ngx_link_func_mock_findings_clear(mock);
}

static bool is_known(const findings_t *findings, const ngx_link_func_mock_t *mock, size_t i) {
    const char *code = ngx_link_func_mock_code_name(ngx_link_func_mock_finding_code(mock, i));
    const finding_t *item = findings->items, *end = item + findings->count;

    for (; item < end; item++) {
        if (strcmp(item->code, code) == 0
            && strcmp(item->function, ngx_link_func_mock_finding_function(mock, i)) == 0
            && strcmp(item->site, ngx_link_func_mock_finding_site(mock, i)) == 0) {
            return true;
        }
    }
    return false;
}

void findings_take_new(findings_t *findings, ngx_link_func_mock_t *mock) {
    size_t i;

    for (i = 0; i < ngx_link_func_mock_finding_count(mock); i++) {
        if (!is_known(findings, mock, i)) {
            add(findings, mock, i);
        }
    }
    ngx_link_func_mock_findings_clear(mock);
}

void findings_free(findings_t *findings) {
    while (findings->count > 0) {
        finding_t *last = &findings->items[--findings->count];

        free(last->function);
        free(last->site);
        free(last->text);
    }
    free(findings->items);
}

static void print_json(const finding_t *finding) {
    const cli_member_t members[] = {
        {"code", finding->code},
        {"function", finding->function},
        {"site", finding->site},
        {"text", finding->text},
    };

    cli_print_json(stderr, members, sizeof(members) / sizeof(members[0]));
}

static void print_line(const finding_t *finding) {
    fprintf(stderr, "finding: %s: %s: %s: %s\n", finding->code, finding->function, finding->site,
            finding->text);
}

void findings_print(const findings_t *findings, bool as_json) {
    size_t i;

    if (as_json) {
        fprintf(stderr, "{\"findings\": [");
    }
    for (i = 0; i < findings->count; i++) {
        if (as_json) {
            fprintf(stderr, "%s", i == 0 ? "" : ", ");
            print_json(&findings->items[i]);
        } else {
            print_line(&findings->items[i]);
        }
    }
    if (as_json) {
        fprintf(stderr, "]}\n");
    }
}
