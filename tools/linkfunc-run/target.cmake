# Included by the folder of all tools, whose paths these are.
add_executable(linkfunc-run
    linkfunc-run/main.c
    linkfunc-run/build.c
    linkfunc-run/check.c
    linkfunc-run/children.c
    linkfunc-run/colour.c
    linkfunc-run/conf.c
    linkfunc-run/generation.c
    linkfunc-run/listener.c
    linkfunc-run/log.c
    linkfunc-run/loop.c
    linkfunc-run/names.c
    linkfunc-run/own.c
    linkfunc-run/prefix.c
    linkfunc-run/scratch.c
    linkfunc-run/server.c
    linkfunc-run/step.c
    linkfunc-run/tree.c
    linkfunc-run/under.c
    linkfunc-run/update.c
    linkfunc-run/watch.c
    $<TARGET_OBJECTS:lf_pure>)
target_compile_definitions(linkfunc-run PRIVATE
    _GNU_SOURCE
    LINKFUNC_VERSION="${PROJECT_VERSION}"
    LINKFUNC_MODULES_FROM_BIN="${LINKFUNC_MODULES_FROM_BIN}")
target_include_directories(linkfunc-run PRIVATE $<TARGET_PROPERTY:lf_pure,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(linkfunc-run PRIVATE linkfunc_cli)
install(TARGETS linkfunc-run)
