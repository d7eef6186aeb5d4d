// The output of all workers as the output of the primary: whole entries, with the number of the worker in each line.

import { stripVTControlCharacters } from 'node:util'
import { columnsOf, fitText, type WidthSource } from '@myfy/core/runtime'
import type { WorkerProcess } from './worker-process.ts'

/** The longest output that waits for a reader, in bytes. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
/** The time for which an entry waits for further lines, in ms: they may be in the next piece of the output. */
const ENTRY_MS = 10

/** A line of a code frame. */
const FRAME_LINE = /^[> ] +\d* *\| /

/** A stream such as `process.stdout`. */
interface OutputStream extends WidthSource {
  readonly writableLength: number
  write(text: string): boolean
}

/** Returns the line that reports how many lines were dropped. */
export const droppedLine = (count: number): string =>
  `myfy: ${count} lines of output were dropped because they were not read`

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

  /** Writes the lines of an entry at once, so that those of other workers come before or after it. */
  write(entry: string): void {
    const lines = entry.split('\n')
    if (this.#stream.writableLength + entry.length > MAX_BUFFERED_BYTES) {
      this.#count += lines.length
      return
    }
    if (this.#count > 0) {
      this.#stream.write(`${this.#dropped(this.#count)}\n`)
      this.#count = 0
    }
    const columns = columnsOf(this.#stream)
    this.#stream.write(`${fitEntry(lines, columns).join('\n')}\n`)
  }
}

/** Fits an entry to a terminal. The lines of a code frame are cut, all at the same place. */
function fitEntry(lines: readonly string[], columns: number): readonly string[] {
  const parts = lines.map((line) => {
    const label = /^\[\d+\] /.exec(line)?.[0] ?? ''
    return { label, text: line.slice(label.length) }
  })
  const framed = parts.filter(({ text }) => FRAME_LINE.test(stripVTControlCharacters(text)))
  const width = columns - (framed[0]?.label.length ?? 0)
  const cut = fitText(framed.map(({ text }) => text).join('\n'), width).split('\n')
  return parts.map((part, at) => {
    const i = framed.indexOf(part)
    return i < 0 ? fitLine(lines[at]!, columns) : part.label + cut[i]
  })
}

/** Fits a line of text to a terminal; further lines begin below the message. A JSON line stays one line. */
function fitLine(line: string, columns: number): string {
  if (line.startsWith('{')) return line
  const plain = stripVTControlCharacters(line)
  const head = /^(?:\[\d+\] *)?(?:\d\d:\d\d:\d\d\.\d{3} \w+ +)?/.exec(plain)![0].length
  return fitText(line, columns, head)
}

/** Returns a line with the number of the worker that wrote it: a field in a JSON object, a prefix in text. */
export function labelLine(line: string, worker: number): string {
  if (/^\{\s*"/.test(line)) return `{"worker":${worker},${line.slice(1).trimStart()}`
  return `[${worker}] ${line}`
}

/** Writes what a worker prints to `stdout` and `stderr`, entry by entry. Resolves at the end of its output. */
export async function forwardOutput(
  worker: Pick<WorkerProcess, 'slot' | 'stdout' | 'stderr'>,
  stdout: LineWriter,
  stderr: LineWriter,
): Promise<void> {
  const { slot } = worker
  await Promise.all([forward(worker.stdout, slot, stdout), forward(worker.stderr, slot, stderr)])
}

/**
 * An entry is a line with the indented and empty ones below it, and the marked one of a code frame, such as an error with
 * its stack.
 */
async function forward(
  source: NodeJS.ReadableStream | null,
  worker: number,
  target: LineWriter,
): Promise<void> {
  if (source === null) return
  let rest = ''
  let entry: string[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (entry.length > 0) target.write(entry.join('\n'))
    entry = []
  }
  const add = (line: string) => {
    if (!/^(?:\s|$|> +\d+ \|)/.test(line)) flush()
    entry.push(labelLine(line, worker))
  }
  source.setEncoding('utf8')
  source.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) add(line)
    // What has arrived meanwhile is read before the entry is written.
    if (entry.length > 0) timer ??= setTimeout(() => setImmediate(flush), ENTRY_MS)
  })
  await new Promise<void>((resolve) => source.once('end', resolve).once('close', resolve))
  if (rest !== '') add(rest)
  flush()
}
