// The end of a process that loses no output.

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
