// The process as an application sees it, which a test can replace.

import { isInForeground } from '../runtime/parent-processes.ts'
import { exitWhenWritten, OUTPUT_LIMIT_MS } from '../runtime/process-exit.ts'
import { ignoreLateSignals } from '../runtime/process-signals.ts'
import { type Cancel, type Clock, systemClock } from './clock.ts'
import {
  applicationsRunning,
  listenToProcess,
  onNextRun,
  type ProcessListener,
  type SignalSource,
} from './signals.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

/** The process of an application. {@link processHost} is the real one. */
export interface Host {
  /** The source of time. */
  readonly clock: Clock
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The directory of `.env` files and of package.json. */
  readonly cwd: string
  /** Adds a listener of signals, fatal errors and exits; returns the function that removes it. */
  listen(listener: ProcessListener, source?: SignalSource): Cancel
  /** Reports whether a person reads this process in the foreground of a terminal. Default: false. */
  isInForeground?(): boolean
  /** Keeps the process alive until cancelled. */
  keepAlive(): Cancel
  /** Starts a watchdog, which ends the process even if the event loop is blocked. */
  watchdog(): Watchdog
  /** Calls a function when the next application runs: the process does not end with this one. */
  onNextRun(cancel: Cancel): void
  /** Notifies the supervisor of the process (PM2, systemd). */
  notify(state: 'ready' | 'stopping'): void
  /**
   * Ends the process with a code after its output is written.
   *
   * @param lingerMs - how long open resources may keep the process alive: 0 ends it now; `Infinity` leaves that to the
   * program, which has ended the application by itself and may have more to do
   */
  end(code: number, lingerMs: number): void
}

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
  isInForeground,
  keepAlive() {
    const timer = setInterval(() => {}, 2 ** 30)
    return () => clearInterval(timer)
  },
  watchdog: startWatchdog,
  onNextRun,
  notify(state) {
    // PM2 with `wait_ready`.
    if (state === 'ready' && process.send && process.connected)
      process.send('ready', undefined, undefined, () => {})
    // systemd: Node.js has no datagram Unix sockets, so systemd's own tool notifies. The unit needs `NotifyAccess=all`;
    // the assignments, unlike options of the same meaning, work with every version of the tool.
    if (process.env.NOTIFY_SOCKET) {
      const { execFile } = process.getBuiltinModule('node:child_process')
      execFile('systemd-notify', [state === 'ready' ? 'READY=1' : 'STOPPING=1'], () => {}).unref()
    }
  },
  end(code, lingerMs) {
    // The worst result of several applications is the result of the process.
    if (code !== 0 || process.exitCode === undefined) process.exitCode = code
    if (lingerMs === Number.POSITIVE_INFINITY) return
    ignoreLateSignals()
    if (lingerMs <= 0) return exitWhenWritten()
    if (applicationsRunning() > 0) return
    const timer = setTimeout(() => {
      const open = openResources()
      process.stderr.write(
        `myfy: the application has stopped, but the process is kept alive by ${open.join(', ') || 'an unknown resource'}. ` +
          'Close it in a stop hook. The process ends now.\n',
      )
      exitWhenWritten(Math.min(OUTPUT_LIMIT_MS, lingerMs))
    }, lingerMs)
    timer.unref()
    onNextRun(() => clearTimeout(timer))
  },
}

/** Returns the resources that keep the process alive, without its own standard streams. */
function openResources(): readonly string[] {
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'Immediate')
  for (const stream of [process.stdin, process.stdout, process.stderr]) {
    const own = stream.isTTY ? -1 : open.indexOf('PipeWrap')
    if (own >= 0) open.splice(own, 1)
  }
  return open
}
