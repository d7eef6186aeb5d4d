// `myfy health`: asks a running instance, for a container's HEALTHCHECK where there is no curl.

import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { ExitCode } from '@myfy/core'
import { CommandLineError, UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { parseTime } from '../terminal/duration.ts'

/** Options of `health`. */
export interface HealthOptions {
  readonly url?: string
  readonly timeout: string
}

/** Exit code 0 if the answer is a 2xx, 1 otherwise. */
export async function health(context: CliContext, options: HealthOptions): Promise<CommandResult> {
  const { env, terminal } = context
  const text = options.url ?? `http://localhost:${env.PORT || 8000}/health`
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new UsageError(`--url takes an http(s) URL, not '${text}'`)
  const timeout = parseTime(options.timeout)
  if (timeout === undefined)
    throw new UsageError(`--timeout takes a duration such as 5s or 500ms, not '${options.timeout}'`)
  const { status, body } = await ask(new URL(text), timeout)
  terminal.print(body.trim() || String(status))
  if (status >= 200 && status < 300) return { exitCode: ExitCode.clean, exitNow: true }
  terminal.note(`${terminal.errorColors.red('✗')} ${text} answered ${status}`)
  return { exitCode: ExitCode.failed, exitNow: true }
}

function ask(url: URL, timeout: number): Promise<{ status: number; body: string }> {
  const get = url.protocol === 'https:' ? getSecure : getPlain
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const reason =
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? `no answer within ${timeout} ms`
          : error.message || (error as NodeJS.ErrnoException).code
      reject(
        new CommandLineError(
          'MYFY_CLI_UNREACHABLE',
          `${url} cannot be asked: ${reason}; is the application running there?`,
          ExitCode.failed,
          { cause: error },
        ),
      )
    }
    const request = get(
      url,
      { agent: false, signal: AbortSignal.timeout(timeout), headers: { accept: 'application/json' } },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', fail)
      },
    )
    request.on('error', fail)
  })
}
