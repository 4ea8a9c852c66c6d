# What is installed, and the Debian package made of it: scripts/package.sh, or
# cmake --build build/release --target package. HOOKLINE_DEB_RELEASE is the part behind the dash of its version.
include(GNUInstallDirs)
set(HOOKLINE_DEB_RELEASE 1 CACHE STRING "revision of the Debian package")
set(deploy ${PROJECT_SOURCE_DIR}/deploy)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/hookline)

install(TARGETS hookline RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${deploy}/completion/hookline.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME hookline)
install(FILES ${deploy}/completion/hookline.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _hookline)
install(FILES ${deploy}/systemd/hookline.service ${deploy}/systemd/hookline.socket DESTINATION lib/systemd/system)
install(FILES ${deploy}/debian/hookline.toml DESTINATION /etc/hookline)
install(DIRECTORY DESTINATION /etc/hookline/credentials DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES ${deploy}/debian/copyright DESTINATION ${doc})
install(FILES ${deploy}/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME hookline)
file(GLOB guides ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES ${guides} ${PROJECT_SOURCE_DIR}/docs/openapi.json DESTINATION ${doc})
install(DIRECTORY ${deploy}/prometheus DESTINATION ${doc})

# Debian wants these compressed, and the same from one build to the next.
string(TIMESTAMP HOOKLINE_DEB_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(HOOKLINE_DEB_VERSION ${PROJECT_VERSION}-${HOOKLINE_DEB_RELEASE})
configure_file(${deploy}/debian/changelog.in ${PROJECT_BINARY_DIR}/debian/changelog.Debian @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_BINARY_DIR}/debian/changelog COPYONLY)
configure_file(${deploy}/man/hookline.1 ${PROJECT_BINARY_DIR}/debian/hookline.1 COPYONLY)
foreach(name changelog.Debian changelog hookline.1)
  set(compressed ${PROJECT_BINARY_DIR}/debian/${name}.gz)
  execute_process(COMMAND gzip -9nc ${PROJECT_BINARY_DIR}/debian/${name} OUTPUT_FILE ${compressed} COMMAND_ERROR_IS_FATAL ANY)
  if(name STREQUAL "hookline.1")
    install(FILES ${compressed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  else()
    install(FILES ${compressed} DESTINATION ${doc})
  endif()
endforeach()

# The notices of what becomes part of the program: linked statically, or nothing but headers. Boost asks for none in
# programs.
foreach(library librocksdb-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libexpected-dev prometheus-cpp-dev libspdlog-dev libfmt-dev)
  if(EXISTS /usr/share/doc/${library}/copyright)
    install(FILES /usr/share/doc/${library}/copyright DESTINATION ${doc}/notices RENAME ${library}.txt)
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_CONTACT "The hookline authors <hookline@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${HOOKLINE_DEB_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd (>= 252)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "receives Okta event hooks and ships them to Logz.io
hookline stands between Okta and Logz.io. Okta posts its event hooks to it
over HTTPS; it writes each delivery to disk, answers in milliseconds, and
ships every event as a log line to the Logz.io listener of your region, for
as long as that takes.

It is one program without a database or queue beside it. After installation
write /etc/hookline/hookline.toml, put the secrets into
/etc/hookline/credentials, and enable hookline.service.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${deploy}/debian/postinst ${deploy}/debian/prerm ${deploy}/debian/postrm ${deploy}/debian/conffiles)
include(CPack)
