// The output of the command line: plain through a pipe, colored on a terminal.

import { styleText } from 'node:util'
import { columnsOf, createRedactor, environmentSecrets, fitText, type Redactor } from '@myfy/core/runtime'

/** A stream that lines go to. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

const STYLES = ['bold', 'dim', 'red', 'green', 'magenta', 'cyan'] as const

/** Colors that are the identity function when there are none. */
export type Colors = Readonly<Record<(typeof STYLES)[number], (text: string) => string>> & {
  readonly isColorSupported: boolean
}

/** Standard output and standard error as the commands use them. */
export interface Terminal {
  /** True if standard output is a terminal. */
  readonly interactive: boolean
  /** The width of standard output; Infinity through a pipe. */
  readonly columns: number
  readonly colors: Colors
  /** The colors of standard error. */
  readonly errorColors: Colors
  /** Prints a line of the result to standard output. */
  print(line?: string): void
  /** Prints text for people to standard output, in its width. Further lines are indented by `indent`. */
  printText(text: string, indent?: number): void
  /** Prints a line for people to standard error, without secrets. Programs that read the result do not see it. */
  note(line?: string): void
  /** Returns a value without secrets: errors and messages of the application that are a part of a result. */
  redact<T>(value: T): T
  /** Sets the application that a command has loaded, which knows the values of its secret settings. */
  protect(application: { redact<T>(value: T): T }): void
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
  // The method as it is now: an inspection sends later writes of the application elsewhere.
  const write = stdout.write.bind(stdout)
  // Made when something is printed: most commands succeed.
  let redactor: Redactor | undefined
  const ofProcess = <T>(value: T): T => {
    redactor ??= createRedactor(environmentSecrets(env))
    return redactor.value(value) as T
  }
  let redact = ofProcess
  const columns = stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY
  return {
    interactive: stdout.isTTY === true,
    columns,
    colors: colorsOf(hasColors(stdout)),
    errorColors: colorsOf(hasColors(stderr)),
    print: (line = '') => void write(`${line}\n`),
    printText: (text, indent) => void write(`${fitText(text, columns, indent)}\n`),
    note: (line = '') => void stderr.write(`${fitText(redact(line), columnsOf(stderr))}\n`),
    redact: (value) => redact(value),
    protect(application) {
      redact = (value) => application.redact(ofProcess(value))
    },
  }
}

function colorsOf(isColorSupported: boolean): Colors {
  // The stream has been checked: node looks at standard output only.
  const style = (name: (typeof STYLES)[number]) => (text: string) =>
    isColorSupported ? styleText(name, text, { validateStream: false }) : text
  const styles = Object.fromEntries(STYLES.map((name) => [name, style(name)]))
  return { ...(styles as Omit<Colors, 'isColorSupported'>), isColorSupported }
}
