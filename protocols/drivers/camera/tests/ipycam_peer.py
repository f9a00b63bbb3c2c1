"""An ipycam on loopback: `python ipycam_peer.py user password`. Prints its port; shows noise over a gradient, and black once a line comes."""

import sys
import threading

import numpy as np
from ipycam import CameraConfig, IPCamera
from ipycam.camera import ReusableThreadingTCPServer
from ipycam.http import IPCameraHTTPHandler

camera = IPCamera(CameraConfig(local_ip="127.0.0.1", username=sys.argv[1], password=sys.argv[2]))
IPCameraHTTPHandler.camera = camera
# Not camera.start(): it binds every address of the machine.
server = ReusableThreadingTCPServer(("127.0.0.1", 0), IPCameraHTTPHandler)
camera.config.onvif_port = server.server_address[1]
dice = np.random.default_rng(1)
scene = np.kron(dice.integers(20, 230, (45, 80, 3)), np.ones((16, 16, 1))) + dice.normal(0, 3, (720, 1280, 3))
camera._last_frame = np.clip(scene, 0, 255).astype(np.uint8)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(camera.config.onvif_port, flush=True)
sys.stdin.readline()
camera._last_frame = np.zeros((720, 1280, 3), np.uint8)
print("black", flush=True)
sys.stdin.readline()
