# svf_fuzz(name LIBS …): fuzz/<name>.c with a driver that replays its corpus.
# With clang and -DSVF_LIBFUZZER=ON the target is a libFuzzer binary instead.
option(SVF_LIBFUZZER "build the targets of fuzz/ against libFuzzer" OFF)
function(svf_fuzz name)
    cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
    add_executable(fuzz_${name} ${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE ${ARG_LIBS} svf_flags)
    if(SVF_LIBFUZZER)
        target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(fuzz_${name} PRIVATE driver.c)
        add_test(NAME fuzz.${name}
                 COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
        set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
    endif()
endfunction()
