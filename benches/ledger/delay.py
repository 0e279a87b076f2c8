"""A relay that answers later: what a server nearby looks like from further away.

    delay.py SERVER MILLISECONDS

SERVER is `http://host:port`. Prints the address of the relay, then relays until it is killed. Every
byte of an answer comes as many milliseconds late; nothing is slower for being larger.
"""

import asyncio
import sys
from urllib.parse import urlsplit

PIECE = 256 * 1024


async def relay(reader, writer, late):
    """Copies one direction of a connection, each piece `late` seconds after it came."""
    loop = asyncio.get_running_loop()
    pieces = asyncio.Queue()

    async def read():
        while piece := await reader.read(PIECE):
            pieces.put_nowait((loop.time() + late, piece))
        pieces.put_nowait((loop.time() + late, b""))

    reading = asyncio.create_task(read())
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        reading.cancel()
        writer.close()


async def main(server, milliseconds):
    """Listens where there is room, and prints where."""
    there = urlsplit(server)

    async def connected(reader, writer):
        upstream = await asyncio.open_connection(there.hostname, there.port)
        await asyncio.gather(
            relay(reader, upstream[1], 0.0),
            relay(upstream[0], writer, milliseconds / 1000),
            return_exceptions=True,
        )

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
