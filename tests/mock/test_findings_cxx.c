/* The rows of cxx_handlers.h, linked into this program with --wrap, and again as
 * the library LIBRARY, which brings libstdc++ of its own where this has none. */

#include "finding_rows.h"

#include <dlfcn.h>

#include "cxx_handlers.h"

#define LINKED(code, wrong, nearly, text) {CODE(code), WRONG(wrong), nearly, text},

static const finding_row_t rows[] = {CXX_ROWS(LINKED)};

#define NAME(code, wrong, nearly, text) #nearly,

static const char *const nearly_names[] = {CXX_ROWS(NAME)};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const libraries[] = {NULL, LIBRARY};

/* LeakSanitizer would end the test for these, and ThreadSanitizer's memory is
 * not looked through. */
static int is_for_this_build(const finding_row_t *row) {
    return row->code != CODE(HEAP_LEAK)
           || (dlsym(RTLD_DEFAULT, "__lsan_do_leak_check") == NULL
               && dlsym(RTLD_DEFAULT, "__tsan_init") == NULL);
}

static ngx_link_func_mock_t *mock_new(const char *library) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();

    ngx_link_func_mock_on_finding(mock, NGX_LINK_FUNC_MOCK_COUNT);
    if (library != NULL) {
        assert_int_equal(ngx_link_func_mock_load(mock, library), 0);
    }
    return mock;
}

static const ngx_link_func_mock_response_t *call(ngx_link_func_mock_t *mock,
                                                 ngx_link_func_mock_handler_t handler, const char *name) {
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(mock, "GET", "/?a=1");

    return handler == NULL ? ngx_link_func_mock_call_name(req, name) : ngx_link_func_mock_call(req, handler);
}

static int line_of(const char *library) {
    const int *line = &cxx_blamed;

    if (library != NULL) {
        line = dlsym(dlopen(library, RTLD_NOW | RTLD_LOCAL), "cxx_blamed");
        assert_non_null(line);
    }
    return *line;
}

static void mistake_is_found(const finding_row_t *row, const char *library) {
    ngx_link_func_mock_t *mock = mock_new(library);

    (void) call(mock, library == NULL ? row->wrong : NULL, row->function);
    ngx_link_func_mock_stop(mock); /* when leaks are looked for */
    blamed = line_of(library);
    assert_found(mock, row);
    ngx_link_func_mock_free(mock);
}

static void each_mistake_is_found_linked_and_in_a_library(void **state) {
    size_t i, k;

    (void) state;
    for (k = 0; k < 2; k++) {
        for (i = 0; i < ROWS; i++) {
            if (is_for_this_build(&rows[i])) {
                mistake_is_found(&rows[i], libraries[k]);
            }
        }
    }
}

static void what_is_nearly_a_mistake_is_none(void **state) {
    size_t i, k;

    (void) state;
    for (k = 0; k < 2; k++) {
        for (i = 0; i < ROWS; i++) {
            ngx_link_func_mock_t *mock = mock_new(libraries[k]);

            (void) call(mock, libraries[k] == NULL ? rows[i].nearly : NULL, nearly_names[i]);
            ngx_link_func_mock_stop(mock);
            assert_nothing_found(mock, rows[i].function);
            ngx_link_func_mock_free(mock);
        }
    }
}

#define ALL_WAYS "+++++++++"

/* One of the ways fails: as bad_alloc, or as NULL where it is asked for. */
static void fail_each_way(const char *library) {
    static const char failed[] = "!!--!!--!";
    ngx_link_func_mock_t *mock = mock_new(library);
    ngx_link_func_mock_handler_t handler = library == NULL ? news_in_each_way : NULL;
    size_t i;

    assert_response_body(call(mock, handler, "news_in_each_way"), ALL_WAYS);
    assert_int_equal(ngx_link_func_mock_alloc_count(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC), strlen(ALL_WAYS));
    for (i = 0; i < strlen(ALL_WAYS); i++) {
        char expected[] = ALL_WAYS;

        expected[i] = failed[i];
        ngx_link_func_mock_fail_alloc(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, i + 1, 1);
        assert_response_body(call(mock, handler, "news_in_each_way"), expected);
    }
    ngx_link_func_mock_fail_alloc(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, 1, 0);
    assert_response_body(call(mock, handler, "news_in_each_way"), failed);
    ngx_link_func_mock_free(mock);
}

static void each_form_of_new_fails_as_told(void **state) {
    (void) state;
    fail_each_way(NULL);
    fail_each_way(LIBRARY);
}

static void new_asks_its_handler_before_it_throws(void **state) {
    size_t k;

    (void) state;
    for (k = 0; k < 2; k++) {
        ngx_link_func_mock_t *mock = mock_new(libraries[k]);
        ngx_link_func_mock_handler_t handler = k == 0 ? news_with_a_handler : NULL;

        ngx_link_func_mock_fail_alloc(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, 1, 1);
        assert_response_body(call(mock, handler, "news_with_a_handler"), "++");
        ngx_link_func_mock_fail_alloc(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, 1, 0);
        assert_response_body(call(mock, handler, "news_with_a_handler"), "!!");
        ngx_link_func_mock_free(mock);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_found_linked_and_in_a_library),
        cmocka_unit_test(what_is_nearly_a_mistake_is_none),
        cmocka_unit_test(each_form_of_new_fails_as_told),
        cmocka_unit_test(new_asks_its_handler_before_it_throws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
