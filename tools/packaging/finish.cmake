# What Debian wants of files and a plain installation does not do: run by cpack
# on what it has installed, before it packs it.
find_program(gzip gzip REQUIRED)
find_program(strip strip REQUIRED)

set(root "${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
file(GLOB_RECURSE texts LIST_DIRECTORIES false
    "${root}/*/usr/share/man/*" "${root}/*/usr/share/doc/*/changelog*")
execute_process(COMMAND ${gzip} -9n ${texts} COMMAND_ERROR_IS_FATAL ANY)

# Debian's zsh does not look into the folder that zsh itself proposes.
set(zsh "${root}/tools/usr/share/zsh")
file(RENAME "${zsh}/site-functions" "${zsh}/vendor-completions")

file(GLOB_RECURSE programs LIST_DIRECTORIES false "${root}/*/usr/bin/*" "${root}/*/usr/lib/*")
foreach(program ${programs})
    file(READ "${program}" magic LIMIT 8 HEX)
    if(IS_SYMLINK "${program}")
        continue()
    elseif(magic MATCHES "^7f454c46") # ELF
        execute_process(COMMAND ${strip} --strip-unneeded "${program}" COMMAND_ERROR_IS_FATAL ANY)
    elseif(magic STREQUAL "213c617263683e0a") # !<arch>
        execute_process(COMMAND ${strip} --strip-debug "${program}" COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()
