# `cmake --install build/release --prefix /usr` and `cpack` (a .deb). The same files in both: the program, the web
# page when it was built, the service, settings, manual page, completion, documents.
include(GNUInstallDirs)

install(TARGETS usher RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_DATADIR}/usher/web)  # where the service starts
# Built by `npm run build` (./dev run): without it a node serves the API alone.
install(DIRECTORY web/dist DESTINATION ${CMAKE_INSTALL_DATADIR}/usher/web OPTIONAL)
install(FILES config/usher.toml config/course.toml docs/operations.md README.md LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES deploy/nginx.conf deploy/prometheus.yml deploy/alerts.yml deploy/grafana.json
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES deploy/usher.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES deploy/usher.bash-completion RENAME usher
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES deploy/usher.service deploy/usher.socket DESTINATION lib/systemd/system)
# In /etc for the prefix /usr, else below the prefix. What is there stays: it is the operator's.
foreach(file config/production.toml deploy/environment)
  install(CODE "set(file \"${CMAKE_SOURCE_DIR}/${file}\")")
  install(CODE [[
    set(settings "${CMAKE_INSTALL_PREFIX}/etc/usher")
    if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
      set(settings /etc/usher)
    endif()
    get_filename_component(name "${file}" NAME)
    if(EXISTS "$ENV{DESTDIR}${settings}/${name}")
      message(STATUS "Kept: ${settings}/${name}")
    elseif(name STREQUAL "environment")  # secrets
      file(INSTALL "${file}" DESTINATION "${settings}" PERMISSIONS OWNER_READ OWNER_WRITE)
    else()
      file(INSTALL "${file}" DESTINATION "${settings}")
    endif()
  ]])
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME usher)
set(CPACK_PACKAGE_CONTACT "The maintainers of Usher <usher@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "ticket marketplace of actors over a durable journal")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # from the program itself, so that none is forgotten
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/deploy/debian/conffiles;${CMAKE_SOURCE_DIR}/deploy/debian/postinst;${CMAKE_SOURCE_DIR}/deploy/debian/prerm;${CMAKE_SOURCE_DIR}/deploy/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
