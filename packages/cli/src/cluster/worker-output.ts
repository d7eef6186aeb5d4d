// The output of all workers as the output of the primary: whole lines, each with the number of its worker.

import { stripVTControlCharacters } from 'node:util'
import { columnsOf, fitText, type WidthSource } from '@myfy/core/runtime'
import type { WorkerProcess } from './worker-process.ts'

/** The longest output that waits for a reader, in bytes. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024

/** A stream such as `process.stdout`. */
interface OutputStream extends WidthSource {
  readonly writableLength: number
  write(text: string): boolean
}

/**
 * Writes lines to a stream that must never hold up the process. While the reader does not read, lines wait up to
 * 4 MiB; further ones are dropped and counted in the next line that is written.
 */
export class LineWriter {
  readonly #stream: OutputStream
  readonly #dropped: (count: number) => string
  #count = 0

  /** @param dropped - the line that reports how many lines were dropped */
  constructor(stream: OutputStream, dropped: (count: number) => string) {
    this.#stream = stream
    this.#dropped = dropped
  }

  write(line: string): void {
    if (this.#stream.writableLength + line.length > MAX_BUFFERED_BYTES) {
      this.#count++
      return
    }
    if (this.#count > 0) {
      this.#stream.write(`${this.#dropped(this.#count)}\n`)
      this.#count = 0
    }
    this.#stream.write(`${fitLine(line, columnsOf(this.#stream))}\n`)
  }
}

/** Fits a line of text to a terminal; further lines begin below the message. A JSON line stays one line. */
function fitLine(line: string, columns: number): string {
  if (line.startsWith('{')) return line
  const plain = stripVTControlCharacters(line)
  const head = /^(?:\[\d+\] )?\d\d:\d\d:\d\d\.\d{3} \w+ +/.exec(plain)?.[0].length ?? 0
  return fitText(line, columns, head)
}

/** Returns a line with the number of the worker that wrote it: a field in a JSON object, a prefix in text. */
export function labelLine(line: string, worker: number): string {
  if (/^\{\s*"/.test(line)) return `{"worker":${worker},${line.slice(1).trimStart()}`
  return `[${worker}] ${line}`
}

/** Writes what a worker prints to `stdout` and `stderr`, line by line. */
export function forwardOutput(worker: WorkerProcess, stdout: LineWriter, stderr: LineWriter): void {
  forward(worker.stdout, worker.slot, stdout)
  forward(worker.stderr, worker.slot, stderr)
}

function forward(source: NodeJS.ReadableStream | null, worker: number, target: LineWriter): void {
  let rest = ''
  const print = (line: string) => target.write(labelLine(line, worker))
  source?.setEncoding('utf8')
  source?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) print(line)
  })
  source?.on('end', () => {
    if (rest !== '') print(rest)
  })
}
