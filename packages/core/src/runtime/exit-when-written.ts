// The end of a process that loses no output.

/** Exits as soon as standard output and standard error have left the process, and after `limitMs` at the latest. */
export function exitWhenWritten(limitMs = 1_000): void {
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
