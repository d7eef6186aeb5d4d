// An application with workers.

import { project, type Running, start } from '../project.ts'

/** Returns the source of an application that answers with its version, and can block its event loop. */
export const application = (version: string) => `
import { writeSync } from 'node:fs'
import { Application, defineModule } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  route.get('/', () => ({ version: '${version}', worker: process.env.MYFY_WORKER }))
  route.get('/loop', () => { writeSync(2, 'looping\\n'); for (;;) {} })
  route.get('/log', () => { console.log('x'.repeat(20_000)); return {} })
})
export const app = new Application()
  .addModule(defineModule({ name: 'data', start() {} }))
  .addModule(new WebModule({ routes: [routes], host: '127.0.0.1', port: 0 }))
`

/** Workers that serve. */
export interface Serving {
  readonly running: Running
  readonly cwd: string
  readonly url: string
}

/** Starts two workers of version one. */
export async function serve(
  options: readonly string[] = [],
  detached = false,
  source = application('one'),
): Promise<Serving> {
  const cwd = project({ 'app.mjs': source })
  const env = { LOG_FORMAT: 'text' }
  const running = start(['start', 'app.mjs', '--workers', '2', ...options], { cwd, env, detached })
  const [, url] = await running.until(/workers ready in \S+ \S+ on (http:\S+);/)
  return { running, cwd, url: url! }
}

/** Returns the version that answers. */
export async function version(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return ((await response.json()) as { version: string }).version
}
