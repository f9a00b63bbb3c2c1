"""The simulated UPS behind a NUT server (RFC 9271). Everything but LIST and GET is refused and counted."""

import asyncio

from protocols.clock import utc
from protocols.drivers.ups.nut import words
from protocols.drivers.ups.simulator.model import Model

MOST_LINE = 512


class NutSimulator:
    """One server that knows one UPS. `refused` holds what it was told and did not do."""

    def __init__(self, model: Model, name: str) -> None:
        self.model, self.name = model, name
        self.refused: list[str] = []
        self.changes: dict[str, str] = {}
        """Variables that tests want otherwise."""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, host: str, port: int) -> int:
        """Answer; gives the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MOST_LINE)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop, and end what is open."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.close()
            await self._server.wait_closed()

    def variables(self) -> dict[str, str]:
        """As upsd would list them."""
        model = self.model
        known = {} if model.is_unknown else {
            "battery.charge": f"{model.charge * 100:.0f}", "battery.runtime": f"{model.runtime:.0f}",
        }  # fmt: skip
        return {
            **known,
            "battery.date": utc(model.clock.now_ms() - 400 * 86_400_000).strftime("%Y/%m/%d"),
            "battery.temperature": f"{model.temperature:.1f}",
            "battery.voltage": "27.3",
            "device.mfr": "Simulated Power",
            "device.model": "Smart 1500",
            "device.serial": "SIM0001",
            "driver.name": "usbhid-ups",
            "input.voltage": f"{model.input_voltage:.1f}",
            "output.voltage": "120.0",
            "ups.firmware": "09.3",
            "ups.load": str(model.load),
            "ups.status": self._status(),
            "ups.test.result": "Done and error" if "replace-battery" in model.faults else "Done and passed",
            **self.changes,
        }

    def _status(self) -> str:
        model = self.model
        tokens = ["OB", "DISCHRG"] if model.is_on_battery else ["BYPASS"] if "bypass" in model.faults else ["OL"]
        extra = {"LB": model.is_low, "RB": "replace-battery" in model.faults, "OVER": "overload" in model.faults}
        return " ".join(tokens + [token for token, is_so in extra.items() if is_so])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                if "silent" not in self.model.faults:
                    writer.write(
                        self._answer(line.decode("utf-8", "replace").strip()).encode("utf-8", "surrogateescape")
                    )
                    await writer.drain()
        except (OSError, ValueError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, line: str) -> str:
        if line == "LIST UPS":
            return f'BEGIN LIST UPS\nUPS {self.name} "simulated"\nEND LIST UPS\n'
        if line.startswith("LIST VAR"):
            if words(line)[2:] != [self.name]:
                return "ERR UNKNOWN-UPS\n"
            if "lost" in self.model.faults:
                return "ERR DATA-STALE\n"
            rows = [f'VAR {self.name} {key} "{_quoted(value)}"\n' for key, value in self.variables().items()]
            return f"BEGIN LIST VAR {self.name}\n{''.join(rows)}END LIST VAR {self.name}\n"
        asked = words(line)
        if asked[:3] == ["GET", "VAR", self.name] and len(asked) == 4:
            said = self.variables().get(asked[3])
            return "ERR VAR-NOT-SUPPORTED\n" if said is None else f'VAR {self.name} {asked[3]} "{_quoted(said)}"\n'
        self.refused.append(line)
        return "ERR ACCESS-DENIED\n"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
