# What an installation consists of, and the Debian package of it (`make package`; CPack's DEB generator).
#
# Manual pages and completions are made by a program from the tables that make --help and the documents.
include(GNUInstallDirs)

set(ROOMKEEPER_MANUALS ${CMAKE_BINARY_DIR}/manuals)
set(manual_pages roomctl.1 roomkeeper.8 roomkeeper.yaml.5)
set(made roomctl.bash _roomctl ${manual_pages})
list(TRANSFORM made PREPEND ${ROOMKEEPER_MANUALS}/)
file(MAKE_DIRECTORY ${ROOMKEEPER_MANUALS})
add_custom_command(OUTPUT ${made}
  COMMAND roomkeeper_manuals ${ROOMKEEPER_MANUALS} ${CMAKE_SOURCE_DIR}/examples/roomkeeper.yaml
  DEPENDS roomkeeper_manuals ${CMAKE_SOURCE_DIR}/examples/roomkeeper.yaml
  VERBATIM)
# -n: the same input gives the same file.
set(compressed)
foreach(page IN LISTS manual_pages)
  add_custom_command(OUTPUT ${ROOMKEEPER_MANUALS}/${page}.gz
    COMMAND gzip -9nkf ${ROOMKEEPER_MANUALS}/${page}
    DEPENDS ${ROOMKEEPER_MANUALS}/${page}
    VERBATIM)
  list(APPEND compressed ${ROOMKEEPER_MANUALS}/${page}.gz)
endforeach()
add_custom_command(OUTPUT ${ROOMKEEPER_MANUALS}/changelog.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/packaging/debian/changelog > ${ROOMKEEPER_MANUALS}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/packaging/debian/changelog)
add_custom_target(roomkeeper_manpages ALL DEPENDS ${made} ${compressed} ${ROOMKEEPER_MANUALS}/changelog.gz)

install(TARGETS roomkeeper roomctl DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${ROOMKEEPER_MANUALS}/roomctl.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${ROOMKEEPER_MANUALS}/roomkeeper.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${ROOMKEEPER_MANUALS}/roomkeeper.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${ROOMKEEPER_MANUALS}/roomctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME roomctl)
install(FILES ${ROOMKEEPER_MANUALS}/_roomctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES packaging/systemd/roomkeeper.service DESTINATION lib/systemd/system)
install(FILES packaging/roomkeeper.yaml DESTINATION /etc/roomkeeper)
install(FILES packaging/roomkeeper.default DESTINATION /etc/default RENAME roomkeeper)
install(DIRECTORY DESTINATION /etc/roomkeeper/rooms.d)
install(DIRECTORY DESTINATION /etc/roomkeeper/credentials DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES README.md docs/configuration.md docs/cli.md docs/operations.md docs/metrics.md docs/security.md docs/api.md
    packaging/debian/copyright ${ROOMKEEPER_MANUALS}/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/roomkeeper)
install(FILES examples/roomkeeper.yaml examples/pools.yaml examples/nats-server.conf
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/roomkeeper/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME roomkeeper)
set(CPACK_PACKAGE_VENDOR "Roomkeeper developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "chat rooms on NATS JetStream")
set(CPACK_PACKAGE_DESCRIPTION "A sidecar for nats-server that makes the streams of chat rooms, keeps
their retention and their connection limits, exports metrics, and is run
by the command roomctl. Chat clients stay plain NATS clients.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# A field that has to be there; nobody reads mail for it.
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Roomkeeper developers <roomkeeper@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# Libraries by what the programs are linked with; the time zones are read at run time.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS tzdata)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nats-server, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(scripts ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${scripts}/conffiles ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)
include(CPack)
