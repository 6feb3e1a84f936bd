# The options of every tool of this folder, for its manual page and completions:
# LINKFUNC_TOOL_NAMES, and for each NAME the file NAME.table in the build folder.
find_program(LINKFUNC_AWK awk REQUIRED)

get_property(LINKFUNC_TOOL_NAMES DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
list(FILTER LINKFUNC_TOOL_NAMES INCLUDE REGEX "^linkfunc-")
list(APPEND LINKFUNC_TOOL_NAMES linkfunc-new)
list(SORT LINKFUNC_TOOL_NAMES)

set(LINKFUNC_TABLE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
foreach(tool ${LINKFUNC_TOOL_NAMES})
    set(program ${CMAKE_CURRENT_BINARY_DIR}/${tool})
    set(run sh ${program})
    if(TARGET ${tool})
        set(program ${tool})
        set(run $<TARGET_FILE:${tool}>)
    endif()
    add_custom_command(OUTPUT ${tool}.table
        COMMAND ${run} --help > ${tool}.help
        COMMAND ${LINKFUNC_AWK} -f ${CMAKE_CURRENT_SOURCE_DIR}/cli/table.awk ${tool}.help > ${tool}.table
        DEPENDS ${program} cli/table.awk
        VERBATIM)
    list(APPEND tables ${tool}.table)
endforeach()
# One target makes them, as two folders need them.
add_custom_target(linkfunc_tables DEPENDS ${tables})
