// `myfy inspect`: the data of the inspector of a running instance.

import { ExitCode, formatDuration, parseRunProblem } from '@myfy/core/runtime'
import { CommandLineError, UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { printTable } from '../terminal/table.ts'
import { durationOf } from './start.ts'

/** Options of `inspect`. */
export interface InspectInstanceOptions {
  readonly url?: string
  readonly timeout: string
  readonly json?: boolean
}

/** The part of the data that the text shows. */
interface Inspection {
  readonly application: { readonly state: string; readonly ready: boolean; readonly pid: number }
  readonly modules: ReadonlyArray<{
    readonly name: string
    readonly state: string
    readonly ms?: number
    readonly requires: readonly string[]
    readonly health?: { readonly healthy: boolean; readonly message?: string }
  }>
  readonly boot: { readonly criticalPath: ReadonlyArray<{ readonly module: string; readonly ms: number }> }
  readonly requests: readonly unknown[]
  readonly reloads: readonly unknown[]
  readonly stop: { readonly inFlight: number; readonly oldestMs: number }
}

/** Prints what a running instance does. The token is read from `MYFY_INSPECTOR_TOKEN`. */
export async function inspectInstance(
  context: CliContext,
  options: InspectInstanceOptions,
): Promise<CommandResult> {
  const { env, terminal } = context
  const url = options.url ?? `http://localhost:${env.PORT || 8000}/_myfy`
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UsageError(
      `Cannot use --url ${url}: it is not an HTTP URL. Write it as http://localhost:8000/_myfy.`,
    )
  }
  const data = await fetchInspection(url, env.MYFY_INSPECTOR_TOKEN, durationOf('--timeout', options.timeout))
  if (options.json) terminal.print(JSON.stringify(data, null, 2))
  else printInspection(context, data)
  return { exitCode: ExitCode.clean, exitNow: true }
}

async function fetchInspection(url: string, token: string | undefined, timeout: number): Promise<Inspection> {
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/$/, '')}/data.json`, {
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(timeout),
    })
  } catch (cause) {
    if (!(cause instanceof Error && cause.name === 'TimeoutError'))
      throw unavailable(
        url,
        'it is not reachable, because it starts, drains, has ended, or was not started',
        'Look into its log, start it, or name its inspector with --url',
        cause,
      )
    // The supervisor of `myfy run` keeps the port open while no process accepts.
    const reason = `it did not answer within ${formatDuration(timeout)}, because it starts, drains, or is blocked`
    throw unavailable(url, reason, 'Look into its log, or ask again with a longer --timeout', cause)
  }
  if (response.status === 404)
    throw unavailable(
      url,
      'it has no inspector',
      'Run it with `myfy run`, or configure `inspector: { token }` of its WebModule',
    )
  if (response.status === 401 || response.status === 403)
    throw unavailable(
      url,
      `it answered ${response.status}`,
      'Set MYFY_INSPECTOR_TOKEN to its token, or ask from the machine that it runs on',
    )
  const problem = response.status === 503 ? parseRunProblem(await response.text()) : undefined
  if (problem !== undefined)
    throw new CommandLineError(
      'MYFY_CLI_INSPECTOR',
      `Cannot inspect ${url}: the application has not run since ${problem.since}. ${problem.error}`,
      ExitCode.failed,
    )
  if (!response.ok) throw unavailable(url, `it answered ${response.status}`, 'Look into its log')
  return (await response.json()) as Inspection
}

const unavailable = (url: string, reason: string, fix: string, cause?: unknown): CommandLineError =>
  new CommandLineError('MYFY_CLI_INSPECTOR', `Cannot inspect ${url}: ${reason}. ${fix}.`, ExitCode.failed, {
    cause,
  })

function printInspection({ terminal }: CliContext, data: Inspection): void {
  const { application, modules, boot, stop } = data
  terminal.print(
    `${application.state}${application.ready ? ', ready' : ', not ready'} (process ${application.pid})`,
  )
  printTable(
    terminal,
    ['module', 'state', 'start', 'health', 'requires'],
    modules.map(({ name, state, ms, health, requires }) => [
      name,
      state,
      ms === undefined ? '' : formatDuration(ms),
      health === undefined ? '' : health.healthy ? 'healthy' : `unhealthy ${health.message ?? ''}`.trim(),
      requires.join(', '),
    ]),
  )
  const path = boot.criticalPath.map(({ module, ms }) => `${module} ${formatDuration(ms)}`).join(' → ')
  terminal.printText(`critical path: ${path || 'none'}`)
  const oldest = stop.inFlight === 0 ? '' : `, the oldest for ${formatDuration(stop.oldestMs)}`
  terminal.printText(`a stop now would wait for ${stop.inFlight} in flight${oldest}`)
  terminal.printText(
    `${data.requests.length} requests and ${data.reloads.length} reloads are recorded (--json)`,
  )
}
