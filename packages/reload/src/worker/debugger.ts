// The debugger's port of a worker. It moves from process to process with the application.

import inspector from 'node:inspector'
import net from 'node:net'

const DEFAULT_PORT = 9229
/** The time for another process to close the port, in ms, and the interval of looking for it. */
const CLOSE_TIMEOUT_MS = 2_000
const RETRY_MS = 20

/**
 * Opens the debugger at `host:port` or a port.
 *
 * @param isMoving - true if a process before may have to close it first, which is waited for
 */
export async function openDebugger(address: string, isMoving: boolean): Promise<void> {
  if (inspector.url() !== undefined) return
  const [port, host = '127.0.0.1'] = splitAddress(address)
  const deadline = performance.now() + CLOSE_TIMEOUT_MS
  // `inspector.open` prints a warning and no more if the port is taken.
  while (isMoving && !(await isFree(port, host)) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  inspector.open(port, host)
}

/** Closes the debugger when this process ends. Node.js would wait until each client has disconnected. */
export function closeDebuggerAtExit(): void {
  process.once('exit', closeDebugger)
}

/** Closes the debugger's port for another process. */
export function closeDebugger(): void {
  if (inspector.url() !== undefined) inspector.close()
}

function splitAddress(address: string): [port: number, host?: string] {
  const match = /^(?:(.*):)?(\d+)$/.exec(address)
  if (!match) return [DEFAULT_PORT, address]
  return match[1] ? [Number(match[2]), match[1].replace(/^\[|\]$/g, '')] : [Number(match[2])]
}

function isFree(port: number, host: string): Promise<boolean> {
  if (port === 0) return Promise.resolve(true)
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
