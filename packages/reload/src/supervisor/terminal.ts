// A supervisor at a terminal: keys, signals, and what it prints.

import { spawn } from 'node:child_process'
import type { ExitCode } from '@myfy/core'
import { type ReloadEvent, renderReloadEvent } from './reload-events.ts'
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts'

const keys = 'r reload · c clear · o open in the browser · q quit · h help'

/** Signals that come this close together are one key press, in ms: the terminal and a wrapper both pass it on. */
const samePress = 300

/**
 * Supervises an application until it ends, as `myfy run` does: prints what happens, obeys keys (`r c o q h`) if
 * there is a terminal, and signals. Resolves to the exit code.
 *
 * @example
 * ```ts
 * import { supervise } from '@myfy/reload'
 *
 * process.exitCode = await supervise({ entry: 'src/app.ts' })
 * ```
 */
export async function supervise(options: SupervisorOptions): Promise<ExitCode> {
  const cwd = options.cwd ?? process.cwd()
  const onEvent = (event: ReloadEvent) => {
    const text = renderReloadEvent(event, cwd)
    if (text !== undefined) process.stderr.write(`[reload] ${text}\n`)
    options.onEvent?.(event)
  }
  const supervisor = createSupervisor({ ...options, onEvent })
  const release = [listenToSignals(supervisor), listenToKeys(supervisor)]
  try {
    await supervisor.start()
    return await supervisor.exitCode
  } finally {
    for (const undo of release) undo()
  }
}

function listenToSignals(supervisor: Supervisor): () => void {
  let last = Number.NEGATIVE_INFINITY
  const stop = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (now - last < samePress) return
    last = now
    void supervisor.stop(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  // The terminal is gone: writing to it must not end the stop half-way.
  const ignore = () => {}
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore)
  return () => {
    for (const signal of signals) process.off(signal, stop)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore)
  }
}

function listenToKeys(supervisor: Supervisor): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const obey = (key: string) => {
    switch (key) {
      // In raw mode the terminal sends no signal for Ctrl+C.
      case '\u0003':
        return process.emit('SIGINT', 'SIGINT')
      case 'r':
        return supervisor.reload()
      case 'c':
        return process.stderr.write('\u001b[2J\u001b[3J\u001b[H')
      case 'o':
        return openInBrowser(supervisor.urls[0])
      case 'q':
        return supervisor.stop()
      case 'h':
        return process.stderr.write(`[reload] ${keys}\n`)
    }
  }
  // Keys that follow each other quickly arrive together.
  const read = (pressed: Buffer) => {
    for (const key of pressed.toString()) obey(key)
  }
  stdin.setRawMode(true)
  stdin.resume()
  stdin.on('data', read)
  const end = () => void supervisor.stop('SIGHUP')
  stdin.once('end', end)
  return () => {
    stdin.off('data', read)
    stdin.off('end', end)
    stdin.setRawMode(false)
    stdin.pause()
  }
}

function openInBrowser(url: string | undefined): void {
  if (!url) return
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write(`[reload] ${url}\n`))
    .unref()
}
