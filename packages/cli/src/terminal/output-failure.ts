// A standard output that cannot be written: a full disk, a reader that went away.

import { clauseOf } from '@myfy/core/runtime'
import { CommandLineError } from '../errors.ts'

/** Watches the standard streams of this process, whose failures do not interrupt a command. */
export class OutputFailure {
  #error: NodeJS.ErrnoException | undefined

  constructor() {
    process.stdout.on('error', (error) => {
      this.#error ??= error
    })
    // Nothing can be reported without it. The exit code remains.
    process.stderr.on('error', () => {})
  }

  /**
   * Waits until the result of a command is written. A reader that went away has read what it wanted.
   *
   * @throws CommandLineError if it could not be written
   */
  async check(limitMs: number): Promise<void> {
    await written(process.stdout, limitMs)
    const error = this.#error
    if (error === undefined || error.code === 'EPIPE') return
    throw new CommandLineError(
      'MYFY_CLI_OUTPUT',
      `Cannot write to standard output: ${clauseOf(error)}. Free space on the disk, or write to another file.`,
      undefined,
      { cause: error },
    )
  }
}

/** Resolves when a stream has been written, or has failed. */
function written(stream: NodeJS.WriteStream, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, limitMs)
    const end = () => {
      clearTimeout(late)
      // The event `error` of a file follows the call of its writer.
      setImmediate(resolve)
    }
    if (stream.destroyed) end()
    else stream.write('', end)
  })
}
