// Job control of a shell: `&`, `fg`, Ctrl+Z.

import { readFileSync } from 'node:fs'

/** The interval at which a change between foreground and background is looked for, in ms. There is no signal for it. */
const CHECK_MS = 500

/** Receives the changes of the position of this process at its terminal. */
export interface ForegroundListener {
  foreground(): void
  background(): void
  /** The process is about to be suspended. */
  suspending(): void
}

/** Reports the present position and every change of it. Returns a function that ends the watch. */
export function watchForeground(listener: ForegroundListener): () => void {
  let before: boolean | undefined
  const check = () => {
    const now = isInForeground()
    if (now === before) return
    before = now
    if (now) listener.foreground()
    else listener.background()
  }
  const suspend = () => {
    before = undefined
    listener.suspending()
    process.off('SIGTSTP', suspend)
    // Without a listener the signal suspends the whole job, workers included.
    process.kill(0, 'SIGTSTP')
  }
  const resume = () => {
    process.off('SIGTSTP', suspend).on('SIGTSTP', suspend)
    check()
  }
  process.on('SIGTSTP', suspend)
  process.on('SIGCONT', resume)
  const timer = setInterval(check, CHECK_MS)
  timer.unref()
  check()
  return () => {
    clearInterval(timer)
    process.off('SIGTSTP', suspend)
    process.off('SIGCONT', resume)
  }
}

/** Reports whether the terminal belongs to the process group of this process. Assumed where it cannot be read. */
export function isInForeground(): boolean {
  try {
    // The fields after the name of the program, which may hold spaces: state ppid pgrp session tty tpgid.
    const status = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , terminalGroup] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return group === terminalGroup
  } catch {
    return true
  }
}
