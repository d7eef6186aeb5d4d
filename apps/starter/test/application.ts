// The application under test, in this process, with its own data and without a port.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, processHost } from '@myfy/core'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { createApp } from '../src/app.ts'
import { quiet } from './quiet.ts'
import type { Variables } from './servers.ts'

export { quiet } from './quiet.ts'

const mails = { MAIL_DIR: join(tmpdir(), 'starter-mails') }

/** Creates an application that reads only these variables. */
export function appWith(given: Variables, logger: Logger = quiet) {
  const env = { ...mails, ...given }
  return createApp({ host: { ...processHost, env, cwd: '/nonexistent' }, logger })
}

export function clientWith(env: Variables, logger?: Logger): Promise<TestClient> {
  return createTestClient(appWith(env, logger))
}

/** A response with its complete body. */
export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export async function read<T = Record<string, unknown>>(
  response: Response | Promise<Response>,
): Promise<Answer<T>> {
  const answered = await response
  const { status, headers } = answered
  const text = await answered.text()
  const json = headers.get('content-type')?.includes('json')
  return { status, headers, body: (json ? JSON.parse(text) : text) as T }
}
