m4_define([[M4_HOOKS]], [[void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    ngx_link_func_cyc_log(info, cycle, "%s", "$1 initialized");
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle)
{
    ngx_link_func_cyc_log(info, cycle, "%s", "$1 shutting down");
}]])m4_dnl
m4_define([[M4_ANSWER]], [[static void answer(ngx_link_func_ctx_t *ctx, uintptr_t status, const char *status_line, const char *json)
{
    ngx_link_func_write_resp(ctx, status, status_line, ngx_link_func_content_type_json, json, strlen(json));
}]])m4_dnl
m4_define([[M4_JSON_ESCAPE]], [[/* Writes `len` bytes for the inside of a JSON string, with a NUL, into `size`
 * bytes.  What is not printable ASCII becomes \u00XX, so that the answer is
 * valid JSON whatever came.  Returns 0, or -1 when it does not fit. */
static int json_escape(char *out, size_t size, const void *data, size_t len)
{
    const unsigned char *byte = data;
    size_t i, used = 0;
    int written;

    out[0] = '\0';
    for (i = 0; i < len; i++) {
        if (byte[i] == '"' || byte[i] == '\\') {
            written = snprintf(out + used, size - used, "\\%c", byte[i]);
        } else if (byte[i] < 0x20 || byte[i] > 0x7e) {
            written = snprintf(out + used, size - used, "\\u%04x", (unsigned int) byte[i]);
        } else {
            written = snprintf(out + used, size - used, "%c", byte[i]);
        }
        used += (size_t) written;
        if (used >= size) {
            return -1;
        }
    }
    return 0;
}]])m4_dnl
m4_define([[M4_MOCK_TEST]], [[m4_dnl
#define MOCK_TEST(test) cmocka_unit_test_setup_teardown(test, ngx_link_func_mock_setup, ngx_link_func_mock_teardown)]])m4_dnl
m4_define([[M4_SWEEP_TEST]], [[/* Each allocation fails in its turn, alone and with all that follow it. */
static void failing_allocations_do_no_harm(void **state)
{
    const ngx_link_func_mock_sweep_t *sweep = ngx_link_func_mock_oom_sweep(*state, $1, $2);

    assert_string_equal(sweep->text, "");
    assert_true(sweep->runs > 1);
}]])m4_dnl
m4_define([[M4_LIFE_TEST]], [[static void hooks_log_their_life(void **state)
{
    assert_int_equal(ngx_link_func_mock_start(*state), 0);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "$1 initialized");
    ngx_link_func_mock_stop(*state);
    assert_log_contains(*state, NGX_LINK_FUNC_MOCK_INFO, "$1 shutting down");
}]])m4_dnl
