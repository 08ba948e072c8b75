# Warnings, hardening and sanitizers, as one interface target: svf_flags.
add_library(svf_flags INTERFACE)
target_compile_definitions(svf_flags INTERFACE _GNU_SOURCE)
target_include_directories(svf_flags INTERFACE ${CMAKE_SOURCE_DIR}
                                               ${CMAKE_BINARY_DIR}/gen)
target_compile_options(svf_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wcast-qual
    -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough
    -fno-omit-frame-pointer)
if(CMAKE_C_COMPILER_ID MATCHES Clang)
    target_compile_options(svf_flags INTERFACE -Wthread-safety
                                               -Wshorten-64-to-32)
endif()

if(SVF_SANITIZE)
    target_compile_options(svf_flags INTERFACE -fsanitize=${SVF_SANITIZE}
                                               -fno-sanitize-recover=all)
    target_link_options(svf_flags INTERFACE -fsanitize=${SVF_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(svf_flags INTERFACE
        -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fstack-clash-protection)
    target_link_options(svf_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(SVF_LTO)
    include(CheckIPOSupported)
    check_ipo_supported()
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
