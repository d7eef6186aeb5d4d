// The end of this process: its exit code, its last output, and a reader of the output that goes away before.

import { constants } from 'node:os'

/** The exit codes of an application. */
export const ExitCode = {
  /** The application stopped cleanly. */
  clean: 0,
  /** The start failed, or a fatal error ended the run. */
  failed: 1,
  /** The command line is invalid. */
  usage: 2,
  /** The application stopped, but something failed, hung or was cut. */
  incomplete: 3,
  /** The configuration is invalid; nothing was started. */
  configuration: 78,
} as const

/** An exit code: one of the `ExitCode` constants, or 128 + n if signal n forced the end. */
export type ExitCode = number

/** Returns the exit code of a process that a signal has ended: 128 + its number. */
export function signalExitCode(signal: string): number {
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[signal] ?? constants.signals.SIGTERM)
}

/** The longest time in which output may leave a process that ends, in ms. */
export const OUTPUT_LIMIT_MS = 1_000

/** Exits as soon as standard output and standard error have left the process, and after `limitMs` at the latest. */
export function exitWhenWritten(limitMs = OUTPUT_LIMIT_MS): void {
  let open = 2
  const exit = () => {
    if (--open === 0) process.exit()
  }
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength === 0 || stream.destroyed) exit()
    else stream.write('', exit)
  }
  if (open > 0) setTimeout(() => process.exit(), limitMs)
}

/** Keeps this process alive when its output has lost its reader (`| head`), or the disk of a log is full. */
export function surviveLostReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // The listener stays: the error of the last line arrives after the run has ended.
    if (!stream.listeners('error').includes(ignoreLostReader)) stream.on('error', ignoreLostReader)
  }
}

/** Ignores that the reader went away or that the terminal was closed. Other errors of the output stay fatal. */
function ignoreLostReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ENOSPC') throw error
}
