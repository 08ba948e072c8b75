# svf_library(name SOURCES a.c … LIBS …): one folder, one static library.
# Everything outside base/ is compiled with base/banned.h in front.
function(svf_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_library(svf_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(svf_${name} PUBLIC ${ARG_LIBS} PRIVATE svf_flags)
    target_include_directories(svf_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    if(NOT name STREQUAL base)
        target_compile_options(svf_${name} PRIVATE
            -include ${CMAKE_SOURCE_DIR}/base/banned.h)
    endif()
endfunction()

# svf_test(label folder case SOURCES … LIBS … [ARGS …] [TIMEOUT s]
#          [LABELS …] [ENV …]): an executable t_<folder>_<case> and the ctest
# <label>.<folder>.<case>. SOURCES default to <case>_test.c.
function(svf_test label folder case)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;ARGS;LABELS;ENV"
                          ${ARGN})
    if(NOT ARG_SOURCES)
        set(ARG_SOURCES ${case}_test.c)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    set(target t_${folder}_${case})
    add_executable(${target} ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE ${ARG_LIBS} PkgConfig::check
                                            svf_flags)
    add_test(NAME ${label}.${folder}.${case} COMMAND ${target} ${ARG_ARGS})
    set_tests_properties(${label}.${folder}.${case} PROPERTIES
        LABELS "${label};${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
        ENVIRONMENT "${ARG_ENV}")
endfunction()
