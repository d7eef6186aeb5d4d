// The worker of `myfy run`, forked before the command line is read in full.

import { type ForkedWorker, forkWorker } from '@myfy/reload/first-worker'
import { FIRST_START } from '../terminal/first-start.ts'

/** The options of `run` with which it runs in one process, or does not run. */
const WITHOUT_WORKER = ['--no-reload', '--help', '-h']

/** Forks the worker of `myfy run`; undefined for any other command line. */
export function forkFirstWorker(words: readonly string[]): ForkedWorker | undefined {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  if (own[0] !== 'run' || own.some((word) => WITHOUT_WORKER.includes(word))) return undefined
  const env = { NODE_ENV: 'development', ...process.env, [FIRST_START]: '1' }
  return forkWorker({ cwd: process.cwd(), env, preload: [progressPreload] })
}

/** The module that is imported first: in source in the workspace, built everywhere else. */
export const progressPreload = new URL(
  import.meta.url.endsWith('.ts') ? '../terminal/progress-preload.ts' : './progress-preload.js',
  import.meta.url,
).href
