# hookline_page(ROOM): the status page's files from web/ become part of that room's library.
function(hookline_page room)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/*)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake)
  set(made ${PROJECT_BINARY_DIR}/page_files.cpp)
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -DWEB=${PROJECT_SOURCE_DIR}/web -DOUT=${made} -P ${script}
    DEPENDS ${files} ${script} COMMENT "Embedding the status page" VERBATIM)
  target_sources(${room} PRIVATE ${made})
endfunction()
