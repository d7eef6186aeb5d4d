// The lines of a supervisor, on standard error.

import { columnsOf, fitText } from '@myfy/core/runtime'

/** Prints a line of the supervisor, in the width of the terminal. */
export function printLine(text: string): void {
  const { stderr } = process
  stderr.write(`${fitText(`[reload] ${text}`, columnsOf(stderr))}\n`)
}
