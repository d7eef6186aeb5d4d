// Where the command line writes: plain through a pipe, colored on a terminal.

import pc from 'picocolors'

/** A stream that lines go to. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Colors that are the identity function when there are none. */
export type Colors = ReturnType<typeof pc.createColors>

/** Standard output and standard error as the commands use them. */
export interface Terminal {
  /** Whether standard output is a terminal. */
  readonly interactive: boolean
  /** How wide it is; Infinity through a pipe. */
  readonly columns: number
  readonly colors: Colors
  /** The colors of standard error. */
  readonly errorColors: Colors
  /** A line of the result. */
  print(line?: string): void
  /** A line about the way to it; not part of what a machine reads. */
  note(line?: string): void
}

/** Makes a terminal of two streams. */
export function createTerminal(
  stdout: Output,
  stderr: Output,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const hasColors = (stream: Output) => {
    if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0'
    return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  }
  return {
    interactive: stdout.isTTY === true,
    columns: stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    colors: pc.createColors(hasColors(stdout)),
    errorColors: pc.createColors(hasColors(stderr)),
    print: (line = '') => void stdout.write(`${line}\n`),
    note: (line = '') => void stderr.write(`${line}\n`),
  }
}
