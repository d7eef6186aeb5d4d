// The keys of a supervisor at a terminal.

import { openInBrowser } from '@myfy/core/runtime'
import type { Supervisor } from '../supervisor/supervisor.ts'
import { isInForeground, watchForeground } from './job-control.ts'
import { printLine } from './print-line.ts'

const HELP = 'r reload · c clear · o open in the browser · q quit · h help'

/** The keys as a terminal in raw mode sends them. */
const CTRL_C = '\u0003'
const CTRL_Z = '\u001a'
const CTRL_BACKSLASH = '\u001c'

const CLEAR_SCREEN = '\u001b[2J\u001b[3J\u001b[H'

/**
 * Obeys keys for as long as this process is in the foreground of a terminal. In the background it neither reads nor
 * changes the terminal, which would stop it. Returns a function that restores the terminal.
 */
export function listenToKeys(supervisor: Supervisor): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const hangUp = () => void supervisor.stop('SIGHUP')
  const read = (input: Buffer) => obey(input.toString(), supervisor)
  // A process of Node.js that exits gives its terminal the mode that it found at its start, before the keys or while the
  // supervisor was in the background.
  const resumeRawMode = () => {
    if (!isInForeground()) return
    stdin.setRawMode(false)
    stdin.setRawMode(true)
  }
  let listening = false
  const listen = () => {
    if (listening) return
    listening = true
    stdin.setRawMode(true)
    stdin.on('data', read)
    stdin.once('end', hangUp)
    stdin.resume()
    process.on('SIGCHLD', resumeRawMode)
  }
  const release = () => {
    if (!listening) return
    listening = false
    process.off('SIGCHLD', resumeRawMode)
    stdin.off('data', read)
    stdin.off('end', hangUp)
    stdin.pause()
    stdin.setRawMode(false)
  }
  const unwatch = watchForeground({ foreground: listen, background: release, suspending: release })
  return () => {
    unwatch()
    release()
  }
}

/** Obeys a single key. Longer input is text that was pasted, or a sequence that the terminal sends by itself. */
function obey(input: string, supervisor: Supervisor): void {
  // A key that is held down, or pressed twice between two reads.
  const key = /^(.)\1*$/su.test(input) ? input[0] : undefined
  switch (key) {
    // In raw mode the terminal sends these keys instead of signals.
    case CTRL_C:
      return void process.kill(process.pid, 'SIGINT')
    case CTRL_Z:
      return void process.kill(process.pid, 'SIGTSTP')
    case CTRL_BACKSLASH:
      return void supervisor.stop('SIGQUIT')
    case 'r':
      return supervisor.reload()
    case 'c':
      return void process.stderr.write(CLEAR_SCREEN)
    case 'o':
      return open(supervisor.urls[0])
    case 'q':
      return void supervisor.stop()
    case 'h':
      return printLine(HELP)
  }
}

function open(url: string | undefined): void {
  if (url !== undefined) openInBrowser(url, () => printLine(url))
}
