"""Who the gateway is: ``/info``, ``/home`` (gateway-api.md, 8.1 and 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from .view import View

type Json = dict[str, object]

_BUILT = 1_748_000_000
_PACKAGES = (
    ("rootfs", "500-00001-r01", "02.00.00", "a00001"),
    ("kernel", "500-00011-r02", "04.04.225", "a00002"),
    ("boot", "590-00019-r01", "02.00.01", "a00003"),
    ("meter", "500-00013-r01", "03.02.08", "a00004"),
)


def info(view: View) -> str:
    """Return serial, firmware and part number; open to everybody."""
    return _info_html(view) if view.firmware.info == "html" else _info_xml(view)


def _info_xml(view: View) -> str:
    root = ET.Element("envoy_info")
    ET.SubElement(root, "time").text = str(int(view.site.now + view.site.clock_error_s))
    device = ET.SubElement(root, "device")
    entries = {
        "sn": view.site.serial,
        "pn": view.site.plan.part_number,
        "software": view.firmware.version,
        "euaid": "4c8675",
        "seqnum": "0",
        "apiver": "1",
    }
    if view.firmware.info_says_imeter:
        entries["imeter"] = str(view.site.plan.metered).lower()
    for name, text in entries.items():
        ET.SubElement(device, name).text = text
    if view.firmware.tokens:
        ET.SubElement(root, "web-tokens").text = "true"
    release = ".".join(part.zfill(2) for part in view.firmware.version[1:].split("."))
    for name, part, version, build in (("app", "500-00002-r01", release, "a0"), *_PACKAGES):
        package = ET.SubElement(root, "package", name=name)
        for tag, text in (("pn", part), ("version", version), ("build", build)):
            ET.SubElement(package, tag).text = text
    build_info = ET.SubElement(root, "build_info")
    ET.SubElement(build_info, "build_id").text = "simulated"
    ET.SubElement(build_info, "build_time_gmt").text = str(_BUILT)
    ET.indent(root, "  ")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _info_html(view: View) -> str:
    return f"""    <html><head><title>Enphase Energy</title></head><body>
      <h2>Envoy information</h2>
      <p>Envoy Serial Number: {view.site.serial}</p>
    </body></html>
"""


def home(view: View) -> Json:
    """Return network and communication levels, as JSON."""
    site, number = view.site, view.site.plan.number
    count = len(site.active_inverters)
    local = site.local_time
    link = site.uplink
    wired = link.interface == "eth0"
    heard = 5 if site.batteries else 0
    page: Json = {
        "software_build_epoch": _BUILT,
        "timezone": site.plan.time_zone,
        "current_date": local.strftime("%m/%d/%Y"),
        "current_time": local.strftime("%H:%M"),
        "network": {
            "web_comm": link.cloud,
            "ever_reported_to_enlighten": True,
            "last_enlighten_report_time": int(site.now) - 120,
            "primary_interface": link.interface,
            "interfaces": [
                {
                    "type": "ethernet",
                    "interface": "eth0",
                    "mac": f"02:00:5E:{site.plan.replaced:02X}:{number:02X}:01",
                    "dhcp": link.dhcp,
                    "ip": "192.0.2.10" if wired else "169.254.120.1",
                    "signal_strength": int(wired),
                    "signal_strength_max": 1,
                    "carrier": wired,
                },
                {
                    "signal_strength": 0 if wired else link.signal,
                    "signal_strength_max": 5,
                    "type": "wifi",
                    "interface": "wlan0",
                    "mac": f"02:00:5E:{site.plan.replaced:02X}:{number:02X}:02",
                    "dhcp": link.dhcp,
                    "ip": None if wired else "192.0.2.11",
                    "carrier": not wired,
                    "supported": True,
                    "present": True,
                    "configured": not wired,
                    "status": "connecting" if wired else "connected",
                },
            ],
        },
        "tariff": "single_rate",
        "comm": {
            "num": count,
            "level": 5,
            "pcu": {"num": count, "level": 5},
            "acb": {"num": len(site.ac_batteries), "level": 5 if site.ac_batteries else 0},
            "nsrb": {"num": 0, "level": 0},
            "esub": {"num": 0, "level": 0},
            "encharge": [
                {
                    "num": len(site.batteries),
                    "level": heard,
                    "level_24g": heard,
                    "level_subg": max(0, heard - 1),
                }
            ],
        },
        "alerts": [],
        "update_status": "satisfied" if link.up_to_date else "not-satisfied",
    }
    if view.firmware.home_shows_enpower and site.enpower:
        state = "closed" if site.grid_connected else "open"
        page["enpower"] = {"connected": True, "grid_status": state}
    return page
