// The worker of `myfy run`, forked before the command line is read in full.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ForkedWorker, forkWorker } from '@myfy/reload/first-worker'
import { FIRST_START } from '../terminal/first-start.ts'

/** The options of `run` with which it runs in one process, or does not run. */
const WITHOUT_WORKER = ['--no-reload', '--help', '-h']

/** Forks the worker of `myfy run`; undefined for any other command line. */
export function forkFirstWorker(words: readonly string[]): ForkedWorker | undefined {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  if (own[0] !== 'run' || own.some((word) => WITHOUT_WORKER.includes(word))) return undefined
  if (!packageParses(process.cwd())) return undefined
  const env = { NODE_ENV: 'development', ...process.env, [FIRST_START]: '1' }
  return forkWorker({ cwd: process.cwd(), env, preload: [progressPreload] })
}

/** With a package.json that does not parse Node ends every process of the directory. The supervisor reports it. */
function packageParses(directory: string): boolean {
  try {
    JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8').replace(/^\uFEFF/, ''))
    return true
  } catch (error) {
    return !(error instanceof SyntaxError)
  }
}

/** The module that is imported first: in source in the workspace, built everywhere else. */
export const progressPreload = new URL(
  import.meta.url.endsWith('.ts') ? '../terminal/progress-preload.ts' : './progress-preload.js',
  import.meta.url,
).href
