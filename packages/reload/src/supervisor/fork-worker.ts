// Forks worker processes. It loads little, so that a command line can fork the first one before anything else.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CHILD_OPTIONS, type ChildOptions, childArguments } from '../interop/child-options.ts'
import { parentWatchdog } from './parent-watchdog.ts'

/** Options of {@link forkWorker}. */
export interface ForkOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly preload?: readonly string[] | undefined
  readonly children?: ChildOptions | undefined
  readonly args?: readonly string[] | undefined
}

/** A worker process with the environment that it was forked with. */
export interface ForkedWorker {
  readonly process: ChildProcess
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Forks a worker, which waits for messages. */
export function forkWorker(options: ForkOptions): ForkedWorker {
  const env = workerEnvironment(options)
  const child = fork(workerFile, options.args ?? [], {
    cwd: options.cwd,
    env,
    execArgv: execArguments(options.preload ?? []),
    // The keys of a terminal belong to the supervisor: the worker gets an input that stays open and empty.
    stdio: [process.stdin.isTTY ? 'pipe' : 'inherit', 'inherit', 'inherit', 'ipc'],
  })
  return { process: child, env }
}

const INSPECT_OPTION = /^--inspect/

function execArguments(preload: readonly string[]): string[] {
  const inherited = process.execArgv.filter((arg) => !INSPECT_OPTION.test(arg))
  const others = preload.flatMap((url) => ['--import', url])
  return [...parentWatchdog(), ...childArguments(), ...inherited, ...others]
}

/** Removes the debugger from `NODE_OPTIONS`, by which every process would listen. The active worker opens it itself. */
export function workerEnvironment({ env, children = {} }: ForkOptions): Record<string, string | undefined> {
  const options = env.NODE_OPTIONS?.split(/\s+/).filter((option) => !INSPECT_OPTION.test(option))
  return {
    ...env,
    ...(options && { NODE_OPTIONS: options.join(' ') }),
    MYFY_RELOAD_WORKER: '1',
    [CHILD_OPTIONS]: JSON.stringify(children),
  }
}

const workerFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../worker/worker.ts' : './worker.js', import.meta.url),
)
