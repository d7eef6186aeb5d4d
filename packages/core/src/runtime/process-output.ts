// The standard output and standard error of this process: their end, and the end of their reader.

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
