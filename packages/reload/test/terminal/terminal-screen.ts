// A shell in a terminal, by tmux.

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { application, freePort, type Supervised, superviseProject } from '../supervised-process.ts'

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

export interface TerminalScreen {
  readonly app: Supervised
  readonly port: number
  /** The command line that starts the supervisor. */
  readonly command: string
  /** Presses keys by their tmux names. */
  press(...keys: string[]): void
  /** Sends text as a paste does. */
  paste(text: string): void
  /** Types a command line into the shell. */
  enter(line: string): void
  /** Returns the text of the screen, with what has scrolled off. */
  text(): string
  /** Resolves when the screen, with what has scrolled off, shows this. */
  shows(text: string | RegExp): Promise<void>
  /** Clears the screen and its history. */
  clear(): void
}

/** Opens an interactive shell in a project, whose browser writes the URL to `opened.txt`. */
export async function openTerminal(
  files: (port: number) => Record<string, string> = application,
  columns = 140,
): Promise<TerminalScreen> {
  const port = await freePort()
  const app = await superviseProject(
    (port) => ({ ...files(port), 'bin/xdg-open': `#!/bin/sh\necho "OPENED $1" > opened.txt\n` }),
    { idle: true, port, prepare: (project) => chmodSync(project.file('bin/xdg-open'), 0o755) },
  )
  const socket = `myfy-${process.pid}-${port}`
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' })
  onTestFinished(() => void spawn('tmux', ['-L', socket, 'kill-server'], { stdio: 'ignore' }))
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    '50',
    'bash --norc --noprofile -i',
  )
  const script = path.join(fixtures, 'supervise.mjs')
  const options = JSON.stringify({ entry: 'app.ts' })
  const command = `${process.execPath} ${script} '${options}'`
  const terminal: TerminalScreen = {
    app,
    port,
    command,
    press: (...keys) => void tmux('send-keys', ...keys),
    paste: (text) => void tmux('send-keys', '-l', text),
    enter: (line) => void tmux('send-keys', line, 'Enter'),
    text: () => tmux('capture-pane', '-p', '-S', '-'),
    shows: (text) => expect.poll(() => terminal.text(), { timeout: 20_000, interval: 50 }).toMatch(text),
    clear() {
      tmux('send-keys', '-R')
      tmux('clear-history')
    },
  }
  terminal.enter(`PS1='SHELL> '; cd ${app.project.root}; PATH=${app.project.file('bin')}:$PATH; clear`)
  await terminal.shows(/SHELL>/)
  return terminal
}
