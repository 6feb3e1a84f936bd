#include "cases.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X99 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxxxx"

/* A 200 without a content type of the handler's own. */
#define PLAIN(length, body) "200 OK\nContent-Type: text/plain\nContent-Length: " length "\n\n" body
#define EMPTY "200 OK\nContent-Length: 0\n\n"

#define PAGE_500                                                                                             \
    "500 Internal Server Error\nContent-Type: text/html\nContent-Length: 170\n\n"                            \
    "<html>\\x0D\n<head><title>500 Internal Server Error</title></head>\\x0D\n<body>\\x0D\n"                 \
    "<center><h1>500 Internal Server Error</h1></center>\\x0D\n<hr><center>nginx</center>\\x0D\n"            \
    "</body>\\x0D\n</html>\\x0D\n"

#define OUT "ngx_link_func_add_header_out() refused header "
#define IN "ngx_link_func_add_header_in() refused header "
#define NOT_TOKEN "its name is not a token"
#define CONTROL "its value contains CR, LF or NUL"
#define FRAMES "it frames the message, only the server may set it"

const conformance_case_t conformance_cases[] = {
    /* The article's samples. */
    {"hello_greets_the_world", "GET", "/hello_json", NULL, NULL,
     "200 OK\nContent-Type: application/json\nContent-Length: 28\n\n{\"message\": \"Hello, World!\"}"},
    {"hello_greets_by_name", "GET", "/hello_json?name=NGINX", NULL, NULL,
     "200 OK\nContent-Type: application/json\nContent-Length: 28\n\n{\"message\": \"Hello, NGINX!\"}"},
    {"hello_answers_head_without_a_body", "HEAD", "/hello_json?name=NGINX", NULL, NULL,
     "200 OK\nContent-Type: application/json\nContent-Length: 28\n\n"},
    {"hello_answers_post", "POST", "/hello_json", NULL, "ignored",
     "200 OK\nContent-Type: application/json\nContent-Length: 28\n\n{\"message\": \"Hello, World!\"}"},
    {"auth_refuses_without_a_token_one_byte_short", "GET", "/auth_check", NULL, NULL,
     "401 Unauthorized\nContent-Type: application/json\nContent-Length: 25\n\n{\"error\": \"invalid token\""},
    {"auth_refuses_a_wrong_token", "GET", "/auth_check", "Authorization: Bearer stolen\r\n", NULL,
     "401 Unauthorized\nContent-Type: application/json\nContent-Length: 25\n\n{\"error\": \"invalid token\""},
    {"auth_lets_a_valid_token_in", "GET", "/auth_check", "authorization: Bearer valid\r\n", NULL,
     PLAIN("2", "OK")},
    {"health_check_is_one_byte_short", "GET", "/health_check", NULL, NULL,
     "200 OK\nContent-Type: application/json\nContent-Length: 20\n\n{\"status\": \"healthy\""},
    {"header_calls_set_both_headers", "GET", "/header_calls", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 2\nX-Custom: value\n\n42"},
    {"memory_calls_give_memory", "GET", "/memory_calls", NULL, NULL, PLAIN("7", "text, 0")},
    {"logging_calls_write_their_lines", "GET", "/logging_calls", NULL, NULL,
     EMPTY
     "\n--\n[info] Processing request\n[error] Something went wrong\n[info] User ada requested /engine\n"},
    {"cache_calls_store_find_and_remove", "GET", "/cache_calls", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 14\nX-Removed: yes\n\nuser_data_here"},
    {"mutex_calls_count_one", "GET", "/mutex_calls", NULL, NULL, PLAIN("1", "1")},
    {"mutex_calls_count_two", "GET", "/mutex_calls", NULL, NULL, PLAIN("1", "2")},
    {"properties_route", "GET", "/route_handler", NULL, NULL, PLAIN("20", "http://10.0.0.1:3000")},

    /* Responses. */
    {"no_response_is_200_and_empty", "GET", "/silent", NULL, NULL, EMPTY},
    {"no_response_to_head_is_200_and_empty", "HEAD", "/silent", NULL, NULL, EMPTY},
    {"null_content_type_is_text_plain", "GET", "/respond?body=abc", NULL, NULL, PLAIN("3", "abc")},
    {"empty_content_type_sends_none", "GET", "/respond?type=&body=abc", NULL, NULL,
     "200 OK\nContent-Length: 3\n\nabc"},
    {"content_type_is_sent_as_given", "GET", "/respond?type=text/css;+charset%3dutf-8&body=a", NULL, NULL,
     "200 OK\nContent-Type: text/css; charset=utf-8\nContent-Length: 1\n\na"},
    {"content_type_cannot_inject_a_header", "GET", "/respond?type=text/css%0d%0aX:y&body=a", NULL, NULL,
     PLAIN("1", "a") "\n--\n[error] ngx_link_func_write_resp() refused the content type: it contains CR, LF "
                     "or NUL\n"},
    {"empty_body_has_length_0", "GET", "/respond?type=text/css", NULL, NULL,
     "200 OK\nContent-Type: text/css\nContent-Length: 0\n\n"},
    {"body_may_hold_nul", "GET", "/respond?body=a%00b", NULL, NULL, PLAIN("3", "a\\x00b")},
    {"status_line_of_the_same_code_is_used", "GET", "/respond?status=200&line=200+Fine+by+me", NULL, NULL,
     "200 Fine by me\nContent-Type: text/plain\nContent-Length: 0\n\n"},
    {"status_line_of_another_code_is_not", "GET", "/respond?status=200&line=404+Not+Found", NULL, NULL,
     PLAIN("0", "")},
    {"status_line_cannot_inject_a_header", "GET", "/respond?status=200&line=200+OK%0d%0aX:y", NULL, NULL,
     PLAIN("0", "")},
    {"status_line_of_digits_alone_has_no_reason", "GET", "/respond?status=404&line=404", NULL, NULL,
     "404 \nContent-Type: text/plain\nContent-Length: 0\n\n"},
    {"created_has_the_servers_line", "GET", "/respond?status=201&body=a", NULL, NULL,
     "201 Created\nContent-Type: text/plain\nContent-Length: 1\n\na"},
    {"not_found_keeps_the_handlers_body", "GET", "/respond?status=404&body=gone", NULL, NULL,
     "404 Not Found\nContent-Type: text/plain\nContent-Length: 4\n\ngone"},
    {"server_error_keeps_the_handlers_body", "GET", "/respond?status=500&body=sorry", NULL, NULL,
     "500 Internal Server Error\nContent-Type: text/plain\nContent-Length: 5\n\nsorry"},
    {"unknown_status_has_no_reason", "GET", "/respond?status=299&body=a", NULL, NULL,
     "299 \nContent-Type: text/plain\nContent-Length: 1\n\na"},
    {"last_known_status_is_599", "GET", "/respond?status=599&line=599+Edge", NULL, NULL,
     "599 Edge\nContent-Type: text/plain\nContent-Length: 0\n\n"},
    {"no_content_has_neither_body_nor_type", "GET", "/respond?status=204&body=abc", NULL, NULL,
     "204 No Content\n\n"},
    {"no_content_with_its_own_line_has_neither", "GET", "/respond?status=204&line=204+Nothing&body=abc", NULL,
     NULL, "204 Nothing\n\n"},
    {"not_modified_has_neither_body_nor_type", "GET", "/respond?status=304&body=abc", NULL, NULL,
     "304 Not Modified\n\n"},
    {"not_modified_with_its_own_line_has_neither", "GET", "/respond?status=304&line=304+Same&body=abc", NULL,
     NULL, "304 Same\n\n"},
    {"head_has_the_headers_of_get", "HEAD", "/respond?body=abc", NULL, NULL, PLAIN("3", "")},
    {"status_99_is_refused", "GET", "/respond?status=99&body=a", NULL, NULL,
     PAGE_500 "\n--\n[error] ngx_link_func_write_resp() refused status 99: expected 200 to 599\n"},
    {"status_0_is_refused", "GET", "/respond?status=0", NULL, NULL,
     PAGE_500 "\n--\n[error] ngx_link_func_write_resp() refused status 0: expected 200 to 599\n"},
    {"status_600_is_refused", "GET", "/respond?status=600", NULL, NULL,
     PAGE_500 "\n--\n[error] ngx_link_func_write_resp() refused status 600: expected 200 to 599\n"},
    {"status_101_is_refused", "GET", "/respond?status=101", NULL, NULL,
     PAGE_500 "\n--\n[error] ngx_link_func_write_resp() refused status 101: expected 200 to 599\n"},
    {"explicit_lengths_need_no_nul", "GET", "/respond_l?status=202&line=202+Yes&type=a/b&body=x%00y", NULL,
     NULL, "202 Yes\nContent-Type: a/b\nContent-Length: 3\n\nx\\x00y"},
    {"explicit_lengths_of_null_are_the_defaults", "GET", "/respond_l", NULL, NULL, PLAIN("0", "")},
    {"explicit_content_type_cannot_hold_nul", "GET", "/respond_l?type=a%00b&body=x", NULL, NULL,
     PLAIN("1", "x") "\n--\n[error] ngx_link_func_write_resp() refused the content type: it contains CR, LF "
                     "or NUL\n"},
    {"last_response_wins", "GET", "/respond_twice", NULL, NULL, PLAIN("6", "second")},
    {"accepted_response_replaces_a_refused_one", "GET", "/refused_then_accepted", NULL, NULL,
     PLAIN("6",
           "second") "\n--\n[error] ngx_link_func_write_resp() refused status 99: expected 200 to 599\n"},

    /* Response headers. */
    {"headers_are_appended_in_order", "GET", "/headers_out?h1=X-A:1&h2=X-B:2&h3=X-A:3", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 3\nX-A: 1\nX-B: 2\nX-A: 3\n\n000"},
    {"headers_may_follow_the_response", "GET", "/headers_after?h1=X-A:1", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 6\nX-A: 1\n\nbefore"},
    {"headers_need_no_response", "GET", "/headers_only?h1=X-A:1", NULL, NULL,
     "200 OK\nContent-Length: 0\nX-A: 1\n\n"},
    {"set_cookie_may_repeat", "GET", "/headers_out?h1=Set-Cookie:a%3d1&h2=Set-Cookie:b%3d2", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 2\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n00"},
    {"empty_header_value_is_a_value", "GET", "/headers_out?h1=X-A:", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 1\nX-A: \n\n0"},
    /* The later one replaces the earlier, name and all. */
    {"etag_has_one_value", "GET", "/headers_out?h1=ETag:%22a%22&h2=etag:%22b%22", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 2\netag: \"b\"\n\n00"},
    {"content_encoding_has_one_value", "GET", "/headers_out?h1=Content-Encoding:x&h2=Content-Encoding:y",
     NULL, NULL, "200 OK\nContent-Type: text/plain\nContent-Length: 2\nContent-Encoding: y\n\n00"},
    {"content_disposition_has_one_value", "GET",
     "/headers_out?h1=Content-Disposition:inline&h2=Content-Disposition:attachment", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 2\nContent-Disposition: attachment\n\n00"},
    {"location_has_one_value", "GET", "/headers_out?h1=Location:http://a/&h2=location:http://b/", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 2\nlocation: http://b/\n\n00"},
    {"content_type_header_replaces_the_type", "GET", "/headers_after?h1=Content-Type:text/css", NULL, NULL,
     "200 OK\nContent-Type: text/css\nContent-Length: 6\n\nbefore"},
    {"name_that_is_no_token_is_refused", "GET", "/headers_out?h1=X+A:1&h2=:1&h3=X-B:2", NULL, NULL,
     "200 OK\nContent-Type: text/plain\nContent-Length: 3\nX-B: 2\n\n--0"
     "\n--\n[error] " OUT "\"X A\": " NOT_TOKEN "\n[error] " OUT "\"\": " NOT_TOKEN "\n"},
    {"value_with_a_newline_is_refused", "GET", "/headers_out?h1=X-A:1%0d%0aX-B:2&h2=X-C:%00", NULL, NULL,
     PLAIN("2", "--") "\n--\n[error] " OUT "\"X-A\": " CONTROL "\n[error] " OUT "\"X-C\": " CONTROL "\n"},
    {"framing_headers_are_refused", "GET",
     "/headers_out?h1=Content-Length:1&h2=Transfer-Encoding:x&h3=Connection:x&h4=Keep-Alive:x&h5=Upgrade:x"
     "&h6=Trailer:x&h7=Proxy-Connection:x",
     NULL, NULL,
     PLAIN("7", "-------") "\n--\n[error] " OUT "\"Content-Length\": " FRAMES "\n[error] " OUT
                           "\"Transfer-Encoding\": " FRAMES "\n[error] " OUT "\"Connection\": " FRAMES
                           "\n[error] " OUT "\"Keep-Alive\": " FRAMES "\n[error] " OUT "\"Upgrade\": " FRAMES
                           "\n[error] " OUT "\"Trailer\": " FRAMES "\n[error] " OUT
                           "\"Proxy-Connection\": " FRAMES "\n"},

    /* Requests. */
    {"query_string_is_raw", "GET", "/args?a=%20&&b", NULL, NULL, PLAIN("8", "a=%20&&b")},
    {"no_query_string_is_null", "GET", "/args", NULL, NULL, PLAIN("4", "NULL")},
    {"empty_query_string_is_null", "GET", "/args?", NULL, NULL, PLAIN("4", "NULL")},
    {"param_is_the_first_with_a_value", "GET", "/param?a&aa=1&a=2&a=3", NULL, NULL, PLAIN("1", "2")},
    {"param_is_raw", "GET", "/param?a=%41+b=c", NULL, NULL, PLAIN("7", "%41+b=c")},
    {"param_without_text_is_empty", "GET", "/param?a=", NULL, NULL, PLAIN("0", "")},
    {"param_without_equals_is_null", "GET", "/param?a", NULL, NULL, PLAIN("4", "NULL")},
    {"param_without_a_query_is_null", "GET", "/param", NULL, NULL, PLAIN("4", "NULL")},
    {"param_compares_case", "GET", "/param?A=1", NULL, NULL, PLAIN("4", "NULL")},
    {"body_is_whole_and_terminated", "POST", "/body", NULL, "a=1&b=2", PLAIN("11", "7 a=1&b=2 0")},
    {"empty_body_is_null", "POST", "/body", NULL, "", PLAIN("9", "0 NULL -1")},
    {"no_body_is_null", "GET", "/body", NULL, NULL, PLAIN("9", "0 NULL -1")},
    {"put_has_a_body", "PUT", "/body", NULL, "x", PLAIN("5", "1 x 0")},
    {"patch_has_a_body", "PATCH", "/body", NULL, "x", PLAIN("5", "1 x 0")},
    {"delete_has_a_body", "DELETE", "/body", NULL, "x", PLAIN("5", "1 x 0")},
    {"get_has_a_body_when_sent", "GET", "/body", NULL, "x", PLAIN("5", "1 x 0")},
    {"uri_is_without_the_query", "GET", "/uri/x?y=1", NULL, NULL, PLAIN("6", "/uri/x")},
    {"uri_is_decoded", "GET", "/uri/a%20b%2Fc%25", NULL, NULL, PLAIN("11", "/uri/a b/c%")},
    {"uri_is_normalised", "GET", "/uri//a/./b/../c/", NULL, NULL, PLAIN("9", "/uri/a/c/")},
    {"header_is_found_in_any_case", "GET", "/header?name=x-tOKEN", "X-Token: abc\r\n", NULL,
     PLAIN("3", "abc")},
    {"header_is_the_first_of_its_name", "GET", "/header?name=X-A", "X-A: 1\r\nX-A: 2\r\n", NULL,
     PLAIN("1", "1")},
    {"header_may_be_empty", "GET", "/header?name=X-A", "X-A: \r\n", NULL, PLAIN("0", "")},
    {"absent_header_is_null", "GET", "/header?name=X-A", NULL, NULL, PLAIN("4", "NULL")},
    {"host_is_a_header", "GET", "/header?name=host", NULL, NULL, PLAIN("9", "localhost")},
    {"content_length_is_a_header", "POST", "/header?name=Content-Length", NULL, "abc", PLAIN("1", "3")},
    {"header_set_by_the_handler_is_seen", "GET", "/headers_in?name=X-A&h1=X-A:1", NULL, NULL,
     PLAIN("3", "0 1")},
    {"header_set_by_the_handler_replaces", "GET", "/headers_in?name=X-A&h1=x-a:new",
     "X-A: old\r\nX-A: older\r\n", NULL, PLAIN("5", "0 new")},
    {"header_set_twice_has_the_last_value", "GET", "/headers_in?name=X-A&h1=X-A:1&h2=X-A:2", NULL, NULL,
     PLAIN("4", "00 2")},
    {"malformed_request_header_is_refused", "GET", "/headers_in?name=X-A&h1=X+A:1&h2=X-A:%0a", NULL, NULL,
     PLAIN("7", "-- NULL") "\n--\n[error] " IN "\"X A\": " NOT_TOKEN "\n[error] " IN "\"X-A\": " CONTROL
                           "\n"},
    {"framing_request_headers_are_refused", "GET",
     "/headers_in?name=X-A&h1=Content-Length:1&h2=Connection:x&h3=transfer-encoding:x", NULL, NULL,
     PLAIN("8", "--- NULL") "\n--\n[error] " IN "\"Content-Length\": " FRAMES "\n[error] " IN
                            "\"Connection\": " FRAMES "\n[error] " IN "\"transfer-encoding\": " FRAMES "\n"},

    /* Properties. */
    {"property_is_found_in_any_case", "GET", "/prop?name=BACKEND_v2", NULL, NULL,
     PLAIN("20", "http://10.0.0.2:3000")},
    {"property_may_be_empty", "GET", "/prop?name=empty", NULL, NULL, PLAIN("0", "")},
    {"absent_property_is_null", "GET", "/prop?name=backend_v", NULL, NULL, PLAIN("4", "NULL")},

    /* Logging. */
    {"each_level_is_logged", "GET", "/log_levels", NULL, NULL,
     EMPTY "\n--\n[debug] conformance: debug\n[info] info\n[warn] warn\n[error] err\n"
           "[debug] conformance: debug\n[warn] 7\n"},
    {"log_text_is_no_format", "GET", "/log_text?value=100%25s+%25n", NULL, NULL,
     EMPTY "\n--\n[info] 100%s %n\n"},
    {"log_text_loses_its_newline", "GET", "/log_text?value=line%0a", NULL, NULL, EMPTY "\n--\n[info] line\n"},
    {"log_text_cannot_forge_a_line", "GET", "/log_text?value=a%0a%5bcrit%5d+b%1b", NULL, NULL,
     EMPTY "\n--\n[info] a\\x0A[crit] b\\x1B\n"},
    {"log_macro_cuts_at_199", "GET", "/log_long", NULL, NULL,
     EMPTY "\n--\n[info] " X100 X100 X100 "\n[info] " X100 X99 "\n"},

    /* Memory. */
    {"pool_gives_aligned_and_zeroed_memory", "GET", "/pool", NULL, NULL, PLAIN("4", "fine")},
    {"cache_functions_keep_their_promises", "GET", "/cache", NULL, NULL, PLAIN("6", "8 kept")},
    {"shm_blocks_come_and_go", "GET", "/shm", NULL, NULL,
     PLAIN("4", "fine") "\n--\n[error] shared memory zone is full, increase ngx_link_func_shm_size\n"},
    {"lock_nests", "GET", "/lock_nested", NULL, NULL, PLAIN("5", "taken")},
    {"kept_lock_is_released", "GET", "/lock_kept", NULL, NULL,
     PLAIN("4",
           "kept") "\n--\n[alert] function \"lock_kept\" returned with the shared memory mutex held, it is "
                   "released\n"},
    {"released_lock_can_be_taken_again", "GET", "/lock_nested", NULL, NULL, PLAIN("5", "taken")},
    {"unlock_of_a_free_lock_does_nothing", "GET", "/unlock_free", NULL, NULL,
     PLAIN("4", "done") "\n--\n[alert] ngx_link_func_shmtx_unlock() called without holding the lock\n"},
    {"null_shared_memory_fails_like_a_full_zone", "GET", "/no_shm", NULL, NULL, PLAIN("9", "7 refused")},
};

const size_t conformance_case_count = sizeof(conformance_cases) / sizeof(conformance_cases[0]);
