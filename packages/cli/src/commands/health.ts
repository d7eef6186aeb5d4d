// `myfy health`: requests the health of a running instance, for the HEALTHCHECK of a container without curl.

import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { clauseOf, ExitCode, formatDuration } from '@myfy/core/runtime'
import { CommandLineError, UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { durationOf } from './start.ts'

/** Options of `health`. */
export interface HealthOptions {
  readonly url?: string
  readonly timeout: string
  readonly json?: boolean
}

/** Prints the answer. Exit code 0 if its status is 2xx, 1 otherwise. */
export async function health(context: CliContext, options: HealthOptions): Promise<CommandResult> {
  const { env, terminal } = context
  const url = options.url ?? `http://localhost:${env.PORT || 8000}/health`
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UsageError(
      `Cannot use --url ${url}: it is not an HTTP URL. Write it as http://localhost:8000/health.`,
    )
  }
  const { status, body } = await request(new URL(url), durationOf('--timeout', options.timeout))
  if (options.json)
    terminal.print(JSON.stringify(terminal.redact({ url, status, body: parsed(body) }), null, 2))
  else terminal.print(body.trim() || String(status))
  if (status >= 200 && status < 300) return { exitCode: ExitCode.clean, exitNow: true }
  terminal.note(`${terminal.errorColors.red('✗')} ${url} answered ${status}`)
  return { exitCode: ExitCode.failed, exitNow: true }
}

/** Returns the value of a JSON text; any other text as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function request(url: URL, timeout: number): Promise<{ status: number; body: string }> {
  const get = url.protocol === 'https:' ? getSecure : getPlain
  const options = {
    agent: false,
    signal: AbortSignal.timeout(timeout),
    headers: { accept: 'application/json' },
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(unreachable(url, timeout, cause))
    get(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', fail)
    }).on('error', fail)
  })
}

function unreachable(url: URL, timeout: number, cause: Error): CommandLineError {
  const timedOut = cause.name === 'TimeoutError' || cause.name === 'AbortError'
  const reason = timedOut ? `no answer within ${formatDuration(timeout)}` : clauseOf(cause)
  return new CommandLineError(
    'MYFY_CLI_UNREACHABLE',
    `Cannot check ${url}: ${reason}. Start the application, or name its address with --url.`,
    ExitCode.failed,
    { cause },
  )
}
