"""What the driver reads, one row a metric, and where the camera says it."""

from protocols.driver import PointRow

POINTS = (
    PointRow("camera.picture.state", "GetSnapshotUri: the snapshot, judged on the agent"),
    PointRow("camera.picture.brightness", "the snapshot: mean level of its middle"),
    PointRow("camera.picture.contrast", "the snapshot: standard deviation of the levels, of half the scale"),
    PointRow("camera.picture.sharpness", "the snapshot: share of its strong steps that happen within a pixel, 0 to 1"),
    PointRow("camera.picture.change", "the snapshot at 64×64: mean difference from the one before"),
    PointRow(
        "camera.picture.difference",
        "the snapshot at 64×64: 100 % less the correlation of its edges with the learned scene",
    ),
    PointRow("camera.stream.state", "GetStreamUri, then RTSP OPTIONS and DESCRIBE"),
    PointRow("camera.stream.first.frame", "RTSP SETUP and PLAY until the first RTP packet; option first_frame"),
    PointRow("camera.login.state", "whether operations that need a sign-in are answered"),
    PointRow("camera.clock.offset", "GetSystemDateAndTime: UTCDateTime, whole seconds"),
    PointRow("camera.tamper", "events VideoSource/GlobalSceneChange, RuleEngine/TamperDetector"),
    PointRow("camera.signal.lost", "event VideoSource/SignalLoss"),
    PointRow("camera.hardware.failure", "events Device/HardwareFailure: fan, power supply, temperature"),
    PointRow("camera.storage.state", "event Device/HardwareFailure/StorageFailure"),
    PointRow(
        "camera.motion", "events VideoSource/MotionAlarm, RuleEngine/CellMotionDetector, counted while subscribed"
    ),
    PointRow("camera.recording.state", "GetRecordingInformation: RecordingStatus; GetRecordingJobState"),
    PointRow("camera.recording.age", "GetRecordingInformation: LatestRecording, against the recorder's clock"),
    PointRow("camera.recording.span", "GetRecordingInformation: LatestRecording less EarliestRecording"),
)
