// Opening a page or a file with the program that the desktop uses for it.

/** Opens a URL or a file in the browser. A machine without one is not a failure: `failed` is called instead. */
export function openInBrowser(target: string, failed: () => void = () => {}): void {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  spawn(command, [target], { stdio: 'ignore', detached: true }).on('error', failed).unref()
}
