// What the process says to whoever started it.

/** The exit codes of an application, as data. */
export const ExitCode = {
  /** Stopped cleanly. */
  clean: 0,
  /** The start failed, or a fatal error ended the run. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** Stopped, but something failed, hung or was cut off. */
  incomplete: 3,
  /** The configuration is invalid; nothing was started. */
  configuration: 78,
} as const

/** An exit code: one of the `ExitCode` constants, or 128+n when a second signal forced the end. */
export type ExitCode = number

/** The numbers of the signals that end an application. */
const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGBREAK: 21 }

/** The exit code of an application that was forced to end by a signal: 128+n. */
export function forcedExitCode(signal: string): ExitCode {
  return 128 + (signalNumbers[signal] ?? 15)
}
