// The process as an application sees it. A test puts another one in its place.

import { exitWhenWritten } from '../runtime/exit-when-written.ts'
import { type Cancel, type Clock, systemClock } from './clock.ts'
import { isAnyRunning, listenToProcess, type ProcessListener, runsBegun } from './signals.ts'
import { startWatchdog } from './watchdog.ts'

/** What an application needs of its surroundings. {@link processHost} is the real one. */
export interface Host {
  /** Time. */
  readonly clock: Clock
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `.env` files and package.json are looked for. */
  readonly cwd: string
  /** Hears signals, fatal errors and exits until cancelled. */
  listen(listener: ProcessListener): Cancel
  /** Keeps the process alive until cancelled. */
  keepAlive(): Cancel
  /** Ends the process after `ms` unless cancelled, even if the event loop is blocked. */
  watchdog(ms: number): Cancel
  /** Tells whoever supervises the process: `ready` or `stopping`. */
  notify(state: 'ready' | 'stopping'): void
  /** Ends the process with a code, at once or when nothing is left to do; output is written out before. */
  end(code: number, at: 'once' | 'idle'): void
}

/** How long something may keep a finished process alive, in ms. */
const patience = 2_000

/** This process. */
export const processHost: Host = {
  clock: systemClock,
  get env() {
    return process.env
  },
  get cwd() {
    return process.cwd()
  },
  listen: listenToProcess,
  keepAlive() {
    const timer = setInterval(() => {}, 2 ** 30)
    return () => clearInterval(timer)
  },
  watchdog: startWatchdog,
  notify(state) {
    // PM2 waits for this message when `wait_ready` is set.
    if (state === 'ready' && process.send && process.connected)
      process.send('ready', undefined, undefined, () => {})
    // The assignments are older than the options of the same meaning. Node has no datagram Unix sockets, so systemd's own tool says it; the unit needs `NotifyAccess=all`.
    if (process.env.NOTIFY_SOCKET) {
      const { execFile } = process.getBuiltinModule('node:child_process')
      execFile('systemd-notify', [state === 'ready' ? 'READY=1' : 'STOPPING=1'], () => {}).unref()
    }
  },
  end(code, at) {
    // Of several applications in one process the worst result is the process's.
    if (code !== 0 || process.exitCode === undefined) process.exitCode = code
    if (at === 'once') return exitWhenWritten()
    const runs = runsBegun()
    const timer = setTimeout(() => {
      // Another application runs, or did meanwhile: the process has not ended with this one.
      if (isAnyRunning() || runsBegun() !== runs) return
      const open = openResources()
      process.stderr.write(
        `myfy: the application has ended, but the process is reused alive by ${open.join(', ') || 'something'}; ` +
          'close it in a stop hook. The process ends now.\n',
      )
      exitWhenWritten()
    }, patience)
    timer.unref()
  },
}

/** What keeps the process alive, but for its own standard streams. */
function openResources(): readonly string[] {
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'Immediate')
  for (const stream of [process.stdin, process.stdout, process.stderr]) {
    const own = stream.isTTY ? -1 : open.indexOf('PipeWrap')
    if (own >= 0) open.splice(own, 1)
  }
  return open
}
