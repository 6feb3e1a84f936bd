#include "pools.h"

#define V(text)                                                                                              \
    { text, sizeof(text) - 1 }
#define POOL(name) const pool_t pool_##name = {name, sizeof(name) / sizeof((name)[0])}
#define NUMBERS(name) const number_pool_t pool_##name = {name, sizeof(name) / sizeof((name)[0])}

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

/*
 * Requests
 */

static const pool_value_t methods[] = {V("GET"),    V("GET"),     V("GET"),   V("GET"),  V("HEAD"),
                                       V("HEAD"),   V("POST"),    V("POST"),  V("PUT"),  V("PATCH"),
                                       V("DELETE"), V("OPTIONS"), V("MKCOL"), V("LOCK"), V("X-LIST_ALL")};
POOL(methods);

/* What stands behind the first segment; nothing climbs above it. */
static const pool_value_t paths[] = {
    V(""),
    V(""),
    V(""),
    V("/"),
    V("//"),
    V("/a"),
    V("/a/"),
    V("/a%20b"),
    V("/a//b"),
    V("/./a/./"),
    V("/a/../b"),
    V("/a/b/.."),
    V("/a/."),
    V("/..a/...b/..."),
    V("/b/%2e/%2E%2e/a"),
    V("/%41%2fb%3F"),
    V("/a%25%20%7e"),
    V("/%c3%a9/\xc3\xa9"),
    V("/a+b;c=d,e:f@g!$&'()*"),
    V("/\"<>^`{|}\\~[]"),
    V("/%0a%0d%09%7f"),
    V("/x.html"),
    V("/a/%2e%2e/b%2f%2e%2e%2fc"),
    V("s/more"),
};
POOL(paths);

/* Of other paths; ".." only where there is one to leave. */
static const pool_value_t segments[] = {V(""),        V("a"),      V("b"),   V("a%20b"), V("."),
                                        V("..."),     V("%2e"),    V("a."),  V("..a"),   V("a%2fb%2F"),
                                        V("c%3f"),    V("%61%2e"), V("%fF"), V("~_-"),   V("x.y.z"),
                                        V("%25%32e"), V(".%2ea"),  V("+")};
POOL(segments);

/* Pieces that '&' joins. */
static const pool_value_t queries[] = {
    V("a=1"),   V("a=2"),     V("a="),    V("a"),      V("A=upper"), V("b=%41%00%zz%"),   V("b=1+2"),
    V("=x"),    V("="),       V(""),      V("a=b=c"),  V("%61=enc"), V("c=%2B+%2b"),      V("aa=long"),
    V("x-y=1"), V("a%3d1=2"), V("a+b=3"), V("d=?/#f"), V("b=\xff"),  V("b=" X50 X50 X50), V("e=%"),
};
POOL(queries);

static const pool_value_t hosts[] = {V("localhost"),        V("localhost"), V("localhost"),
                                     V("Example.COM:8080"), V("a.b.c."),    V("127.0.0.1"),
                                     V("[::1]:80"),         V("x_y"),       V("local.host:")};
POOL(hosts);

/* These may come more than once. */
static const pool_value_t headers[] = {
    V("X-A: 1"),
    V("X-A: 2"),
    V("x-a:three"),
    V("X-A:"),
    V("X-B: a b  c "),
    V("X-B:   "),
    V("X-b: \t tab\t"),
    V("X-Long-Name: \xff\xfe\x80"),
    V("X_Under: 1"),
    V("X.Dot: 1"),
    V("X-Forwarded-For: 1.1.1.1"),
    V("X-Forwarded-For: 2.2.2.2, 3.3.3.3"),
    V("Cookie: a=1; b=2"),
    V("Cookie: a=3;b=\"q; c=\"; =x"),
    V("cookie: A=4; a; c=; a b=5"),
    V("COOKIE:"),
    V("Cookie: c = 6 , d=7"),
    V("Accept: */*"),
    V("User-Agent: conformance/1.0"),
    V("User-Agent: conformance/2.0"),
    V("Referer: http://a/b"),
    V("Referer:"),
    V("Via: 1.1 a"),
    V("Via: 1.1 b"),
    V("Content-Type: application/x-www-form-urlencoded"),
    V("Content-Type: text/css; charset=utf-8"),
    V("Accept-Language: de, en;q=0.5"),
    V("X-Quote: \"a\\\"b\""),
    V("X-Big: " X50 X50 X50 X50 X50),
    V("X-Bell: a\x07\x1b[b"),
    V("1: digit"),
    V("-: dash"),
};
POOL(headers);

/* These come once. */
static const pool_value_t single_headers[] = {
    V("Authorization: Basic dTpw"), V("Range: bytes=0-1"), V("If-Range: \"a\""),
    V("Accept-Encoding: gzip, br"), V("X-Once: once"),
};
POOL(single_headers);

static const pool_value_t conditions[] = {
    V("If-None-Match: \"a\""),
    V("If-None-Match: W/\"a\", \"b\""),
    V("If-None-Match: *"),
    V("If-None-Match: "),
    V("If-Match: \"a\""),
    V("If-Match: W/\"a\""),
    V("If-Match: *"),
    V("If-Match: \"x\" , \"b\"\t,\"c\""),
    V("If-Modified-Since: Sun, 10 Nov 2002 23:50:13 GMT"),
    V("If-Modified-Since: Sunday, 10-Nov-02 23:50:13 GMT"),
    V("If-Modified-Since: Sun Nov 10 23:50:13 2002"),
    V("If-Modified-Since: Mon, 11 Nov 2002 23:50:13 GMT"),
    V("If-Modified-Since: yesterday"),
    V("If-Unmodified-Since: Sun, 10 Nov 2002 23:50:13 GMT"),
    V("If-Unmodified-Since: Sun, 10 Nov 2002 23:50:12 GMT"),
    V("If-Unmodified-Since: never"),
};
POOL(conditions);

static const pool_value_t bodies[] = {
    V(""),
    V("x"),
    V("a=1&b=2"),
    V("a=%41+b&a=2&c"),
    V("a"),
    V("=&&=1&a="),
    V("a=%&b=%4&c=%zz&d=%00"),
    V("{\"json\": true}"),
    V("line\r\nline\n"),
    V("nul\0in\0it"),
    V("GET / HTTP/1.1\r\nHost: smuggled\r\n\r\n"),
    V("\xff\xfe\x80"),
};
POOL(bodies);

/*
 * Programs
 */

/* Of responses. */
static const pool_value_t header_names[] = {
    V("X-A"),
    V("x-a"),
    V("X-B"),
    V("X-C"),
    V("Set-Cookie"),
    V("Content-Type"),
    V("content-type"),
    V("Location"),
    V("ETag"),
    V("ETag"),
    V("Last-Modified"),
    V("Last-Modified"),
    V("Content-Encoding"),
    V("Content-Disposition"),
    V("Content-Range"),
    V("Cache-Control"),
    V("Expires"),
    V("Link"),
    V("Vary"),
    V("WWW-Authenticate"),
    V("Refresh"),
    V("Accept-Ranges"),
    V("Allow"),
    V("Server"),
    V("Date"),
    V("Content-Length"),
    V("transfer-encoding"),
    V("Connection"),
    V("Keep-Alive"),
    V("Upgrade"),
    V("Trailer"),
    V("Proxy-Connection"),
    V(""),
    V("X A"),
    V("X:A"),
    V("X-A\0"),
    V("X-\xc3\xa9"),
    V("X-A\r\nX-B"),
    V("!#$%&'*+-.^_`|~09az"),
    V("X_Under"),
    V("X-" X50),
};
POOL(header_names);

static const pool_value_t header_values[] = {
    V(""),
    V("1"),
    V("two words"),
    V(" padded "),
    V("\t"),
    V("\"a\""),
    V("\"a\""),
    V("W/\"a\""),
    V("\"b\""),
    V("W/"),
    V("Sun, 10 Nov 2002 23:50:13 GMT"),
    V("Sun, 10 Nov 2002 23:50:13 GMT"),
    V("Sunday, 10-Nov-02 23:50:13 GMT"),
    V("Sun Nov 10 23:50:13 2002"),
    V("Sun, 30 Feb 2002 23:50:13 GMT"),
    V("Tue, 01 Jan 1970 00:00:00 GMT"),
    V("/path"),
    V("//host/path"),
    V("http://a/b?c"),
    V("relative"),
    V("text/html"),
    V("text/css; charset=utf-8"),
    V("a=1; Path=/; HttpOnly"),
    V("gzip"),
    V("0"),
    V("close"),
    V("Host.Example:80"),
    V("bad host"),
    V("*"),
    V("\"a\", \"b\""),
    V("a=9; b=8"),
    V("\xff\xc3\xa9"),
    V("a\rb"),
    V("a\nb"),
    V("a\r\nX-Injected: 1"),
    V("a\0b"),
    V("bell\x07"
      "del\x7f"),
    V(X50 X50 X50 X50),
};
POOL(header_values);

/* What conditions of a request ask for. */
static const pool_value_t etags[] = {V("\"a\""), V("W/\"a\""), V("\"b\""), V("\"c\"")};
POOL(etags);

static const pool_value_t dates[] = {V("Sun, 10 Nov 2002 23:50:13 GMT"), V("Sun, 10 Nov 2002 23:50:13 GMT"),
                                     V("Sunday, 10-Nov-02 23:50:13 GMT"), V("Sun Nov 10 23:50:13 2002")};
POOL(dates);

/* Of requests. */
static const pool_value_t in_names[] = {
    V("X-A"),
    V("x-a"),
    V("X-B"),
    V("X-Long-Name"),
    V("X-Once"),
    V("X_Under"),
    V("X-Forwarded-For"),
    V("Cookie"),
    V("cookie"),
    V("Host"),
    V("host"),
    V("User-Agent"),
    V("Referer"),
    V("Authorization"),
    V("Content-Type"),
    V("If-None-Match"),
    V("If-Match"),
    V("If-Modified-Since"),
    V("If-Unmodified-Since"),
    V("Range"),
    V("Accept-Encoding"),
    V("Content-Length"),
    V("Transfer-Encoding"),
    V("Connection"),
    V("Keep-Alive"),
    V("Upgrade"),
    V("TE"),
    V("Expect"),
    V("Via"),
    V("X-Program"),
    V(""),
    V("X A"),
    V("X-A:"),
    V("X-A\0"),
    V("\xff"),
    V("X-" X50),
};
POOL(in_names);

static const pool_value_t props[] = {V("backend_v1"), V("BACKEND_V2"), V("empty"),       V("absent"),
                                     V(""),           V("backend"),    V("backend_v1\0")};
POOL(props);

static const pool_value_t arg_names[] = {V("a"),   V("a"),   V("b"),  V("c"),      V("A"),    V("aa"),
                                         V("d"),   V(""),    V("a="), V("a b"),    V("a+b"),  V("%61"),
                                         V("x-y"), V("a=1"), V("&"),  V("absent"), V("a%3d1")};
POOL(arg_names);

static const pool_value_t cookie_names[] = {V("a"), V("a"),   V("b"),      V("c"),  V("A"),
                                            V("d"), V("a b"), V("absent"), V(" a"), V("")};
POOL(cookie_names);

static const pool_value_t var_names[] = {
    V("declared"),
    V("declared"),
    V("DECLARED"),
    V("blank"),
    V("undeclared"),
    V("args"),
    V("args"),
    V("Args"),
    V("query_string"),
    V("is_args"),
    V("uri"),
    V("document_uri"),
    V("request_uri"),
    V("request"),
    V("request_method"),
    V("remote_addr"),
    V("host"),
    V("content_length"),
    V("content_type"),
    V("scheme"),
    V("server_protocol"),
    V("arg_a"),
    V("arg_A"),
    V("arg_"),
    V("arg_x-y"),
    V("arg_absent"),
    V("cookie_a"),
    V("cookie_B"),
    V("cookie_absent"),
    V("http_cookie"),
    V("http_x_forwarded_for"),
    V("http_x_a"),
    V("http_x_a"),
    V("http_X_B"),
    V("http_accept"),
    V("http_via"),
    V("http_content_type"),
    V("http_host"),
    V("http_user_agent"),
    V("http_referer"),
    V("HTTP_X_ONCE"),
    V("http_x_absent"),
    V("http_if_none_match"),
    V("http_"),
    V(""),
    V("de clared"),
    V("declared\0"),
};
POOL(var_names);

static const pool_value_t status_lines[] = {
    V("200 OK"),      V("200 Fine"), V("404 Not Found"),  V("404 Lost"), V("200"), V("200 "),
    V("204 Nothing"), V("304 Same"), V("500 Oh\r\nX: y"), V("201\tTab"), V(""),    V("OK"),
    V("200OK"),       V("2000 OK"),  V(" 200 OK"),        V("503 \xff")};
POOL(status_lines);

static const pool_value_t types[] = {V("text/plain"),
                                     V("text/html"),
                                     V("text/html; charset=utf-8"),
                                     V("text/css;charset=\"x\""),
                                     V("application/json"),
                                     V(""),
                                     V("x"),
                                     V("text/css\r\nX-Injected: 1"),
                                     V("a\nb"),
                                     V("a/b; charset="),
                                     V(";"),
                                     V(" a/b "),
                                     V("a\tb\x1f")};
POOL(types);

static const pool_value_t texts[] = {
    V(""),
    V("text"),
    V("text\n"),
    V("text\r\n"),
    V("\n"),
    V("\n\n"),
    V("two\nlines"),
    V("100% %s %n %d"),
    V("tab\tbell\x07"
      "esc\x1b"
      "del\x7f"),
    V("back\\slash \\x0A \"quoted\""),
    V("\xc3\xa9\xff\x80"),
    V("[crit] 1#1: *1 forged"),
    V(X50 X50 X50 "xxxxxxxxx" X10 X10 X10 X10),
    V(X50 X50 X50 X50),
    V(X50 X50 X50 X50 X50 X50 X50 X50),
};
POOL(texts);

/* Of the cache and the dict. */
static const pool_value_t keys[] = {V("k"),
                                    V("k"),
                                    V("key"),
                                    V("K"),
                                    V("n"),
                                    V(""),
                                    V("m"),
                                    V("o"),
                                    V("p"),
                                    V("\xff\x01 key"),
                                    V(X50 X50 X50 X50 X50)};
POOL(keys);

static const int64_t statuses[] = {200, 200, 200, 201, 202, 204, 206,  207, 299,   300,      301, 302, 303,
                                   304, 307, 308, 400, 401, 403, 404,  405, 408,   413,      416, 421, 444,
                                   494, 495, 499, 500, 502, 503, 504,  507, 599,   0,        1,   99,  100,
                                   101, 103, 199, 600, 700, 999, 1000, -1,  65736, INT64_MAX};
NUMBERS(statuses);

static const int64_t sizes[] = {0, 1, 7, 8, 15, 16, 100, 4000, 4096, 5000, 100000};
NUMBERS(sizes);

/* The last two are never to be had. */
static const int64_t block_sizes[] = {1, 8, 9, 64, 100, 2000, 2049, 4096, 5000, 20000, 0, 1 << 30, -1};
NUMBERS(block_sizes);

static const int64_t rooms[] = {0, 1, 2, 7, 8, 9, 30, 300};
NUMBERS(rooms);

/* None of them ends in a test. */
static const int64_t ttls[] = {0, 0, 0, 600000, 86400000, INT64_MAX, -1};
NUMBERS(ttls);

static const int64_t numbers[] = {0, 1, 1, -1, 5, 42, -100, 1 << 30, INT64_MAX, INT64_MIN, INT64_MAX - 1};
NUMBERS(numbers);

static const int64_t levels[] = {4, 5, 7, 8, 4, 5, 7, 0, 1, 2, 3, 6, 9, -1, 100};
NUMBERS(levels);

static const int64_t counts[] = {0, 2, 63, 64, 65, 66, 130};
NUMBERS(counts);
