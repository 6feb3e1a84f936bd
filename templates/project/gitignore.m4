m4_include(common.m4)m4_dnl
/build/
/lib[[]]M4_NAME().so
/compile_commands.json
/nginx.pid
/nginx-*-temp/
/logs/
/.linkfunc/staging.*
