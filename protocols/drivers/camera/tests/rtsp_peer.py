"""A gst-rtsp-server on loopback, for the system's Python: prints two ports: one for anybody, one for viewer, watch by Digest. Both serve /stream."""

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
LAUNCH = "( videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240 ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
ACCESS = "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
DIGEST = 2


def serve(locked):
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(LAUNCH)
    if locked:
        auth = GstRtspServer.RTSPAuth.new()
        auth.set_supported_methods(DIGEST)
        token = GstRtspServer.RTSPToken.new()
        token.set_string("media.factory.role", "viewer")
        auth.add_digest("viewer", "watch", token)
        server.set_auth(auth)
        factory.add_role_from_structure(Gst.Structure.new_from_string(ACCESS))
    server.get_mount_points().add_factory("/stream", factory)
    server.attach(None)
    return server


servers = [serve(locked=False), serve(locked=True)]
print(*(server.get_bound_port() for server in servers), flush=True)
GLib.MainLoop().run()
