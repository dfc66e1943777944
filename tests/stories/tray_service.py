"""A stand-in for a desktop on a D-Bus session: a place for tray icons and a service that shows notifications.

It prints one JSON object a line: each icon that came, and each notification. It is the other end of a real bus; Qt
talks to it as it does to KDE or GNOME.

A newcomer would get this wrong: it is no pytest file, but a process of its own beside the program.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant, QDBusVirtualObject

SERVICES = {
    "org.kde.StatusNotifierWatcher": "/StatusNotifierWatcher",
    "org.freedesktop.Notifications": "/org/freedesktop/Notifications",
}


def say(what: str, **facts: Any) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


class Desktop(QDBusVirtualObject):
    """Answers calls on both services. One that is silent takes notifications and never answers, as a hanging one."""

    def __init__(self, bus: QDBusConnection, is_silent: bool) -> None:
        super().__init__()
        self._bus = bus
        self._is_silent = is_silent

    def introspect(self, path: str) -> str:
        return ""

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        arguments = message.arguments()
        match message.member():
            case "Get":
                # Whether there is a host for icons; any other property is a list that is empty here.
                self._reply(message, QDBusVariant(arguments[1] == "IsStatusNotifierHostRegistered"))
            case "RegisterStatusNotifierItem":
                say("icon", service=message.service())
                self._reply(message)
            case "Notify":
                say("notification", title=arguments[3], text=arguments[4])
                if not self._is_silent:
                    self._reply(message, 1)
            case _:
                self._reply(message)
        return True

    def _reply(self, message: QDBusMessage, *values: Any) -> None:
        self._bus.send(message.createReply(list(values)))


def main() -> None:
    app = QCoreApplication(sys.argv)
    bus = QDBusConnection.sessionBus()
    desktop = Desktop(bus, is_silent="--silent" in sys.argv)
    for service, path in SERVICES.items():
        bus.registerVirtualObject(path, desktop)
        bus.registerService(service)
    say("ready")
    app.exec()


if __name__ == "__main__":
    main()
