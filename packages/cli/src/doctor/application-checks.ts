// The checks of `myfy doctor` that look at the application itself, initialized but not started.

import { createServer } from 'node:net'
import type { Application, ListenAddress } from '@myfy/core'
import type { ApplicationIssue } from '../graph/application-model.ts'
import { parseTime } from '../terminal/duration.ts'
import { count, duration } from '../terminal/progress.ts'
import { type Diagnostic, failure, ok, warning } from './diagnostic.ts'
import type { Environment } from './environment-checks.ts'
import { isService, type PlatformTraces, platformOf } from './platform.ts'

/** Sorts what `initialize()` rejected with under the checks it belongs to, and says what is right of the rest. */
export function checkConfiguration(
  app: Application,
  problems: readonly ApplicationIssue[],
  moved: readonly string[],
): readonly Diagnostic[] {
  const of = (pattern: RegExp) => problems.filter(({ code = '' }) => pattern.test(code))
  const settings = of(/^MYFY_SETTINGS/)
  const modules = of(/^MYFY_MODULE/)
  const graph = of(/^DI_/)
  const rest = problems.filter((problem) => ![...settings, ...modules, ...graph].includes(problem))
  const found = (check: string, list: readonly ApplicationIssue[], well: string) =>
    list.length > 0 ? list.map(({ message }) => failure(check, message)) : [ok(check, well)]
  const initialized = problems.length === 0
  return [
    ...found('settings', settings, count(app.variables.length, 'setting')),
    ...found(
      'modules',
      modules,
      `${count(app.modules.length, 'module')} in order: ${app.modules.map(({ name }) => name).join(', ') || 'none'}`,
    ),
    ...moved.map((sentence) =>
      warning('modules', sentence, 'add it behind that one, so that the list reads as it runs'),
    ),
    ...(initialized || graph.length > 0
      ? found(
          'graph',
          graph,
          `${count(initialized ? app.container.graph().nodes.length : 0, 'provider')}, all there, no cycle, no scope broken`,
        )
      : []),
    ...rest.map(({ message }) => failure('initialize', message)),
  ]
}

/** Whether the stop fits into what the platform grants. */
export function checkGrace(
  app: Application,
  env: PlatformTraces['env'],
  where: Pick<Environment, 'container' | 'init'>,
): Diagnostic {
  const { budget } = app
  const told = app.environment?.find('MYFY_GRACE_PERIOD', () => {})
  const wanted = duration(budget.total)
  if (told !== undefined && parseTime(told.value) === undefined) {
    return failure(
      'grace',
      `MYFY_GRACE_PERIOD is '${told.value}' (${told.source}), which is no duration`,
      'write it as 30s, 2m or 500ms',
    )
  }
  if (budget.shrunk) {
    const what = told === undefined ? 'the grace period' : `MYFY_GRACE_PERIOD=${told.value}`
    return warning(
      'grace',
      `${what} is shorter than the stop's budget, which shrinks to ${wanted} (drain ${duration(budget.drain)}, stop ${duration(budget.stop)})`,
      'grant more (terminationGracePeriodSeconds, stop_grace_period), or ask for less in `shutdown`',
    )
  }
  const platform = platformOf({ env, container: where.container && isService(where.init) })
  if (platform !== undefined && told === undefined && platform.grace < budget.total) {
    return warning(
      'grace',
      `${platform.name} grants ${duration(platform.grace)} unless told otherwise, a stop may take ${wanted}: the rest ends in SIGKILL`,
      `${platform.remedy}, and say it in MYFY_GRACE_PERIOD`,
    )
  }
  return ok('grace', `a stop takes ${wanted} at most${told ? `, the platform grants ${told.value}` : ''}`)
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The handlers of signals that there are now. */
export function signalHandlers(): ReadonlyMap<string, readonly unknown[]> {
  return new Map(signals.map((signal) => [signal, process.listeners(signal)]))
}

/** Handlers that came with the application's code. */
export function checkHandlers(before: ReadonlyMap<string, readonly unknown[]>): readonly Diagnostic[] {
  const foreign = [...signalHandlers()].flatMap(([signal, handlers]) =>
    handlers
      .filter((handler) => !before.get(signal)?.includes(handler))
      .map((handler) => ({ signal, text: String(handler) })),
  )
  if (foreign.length === 0) return [ok('handlers', 'nobody else listens to signals')]
  return foreign.map(({ signal, text }) => {
    const line = text.replace(/\s+/g, ' ').slice(0, 80)
    const exits = /process\.exit/.test(text)
    return warning(
      'handlers',
      `the code of the application (or a package it imports) listens to ${signal} itself: ${line}${exits ? ' — and ends the process there' : ''}`,
      "remove it; what it does belongs into a module's stop() or onShutdown",
    )
  })
}

/** Whether the ports can be had. */
export async function checkPorts(app: Application): Promise<readonly Diagnostic[]> {
  const wanted = app.modules.flatMap((module) =>
    (module.transports?.() ?? []).map(({ name, address }) => ({ name, address })),
  )
  const diagnostics: Diagnostic[] = []
  for (const { name, address } of wanted) {
    if (address === undefined || !('port' in address) || address.port === 0) continue
    const where = `${address.host ?? 'port'}${address.host === undefined ? ' ' : ':'}${address.port}`
    const code = await tryToListen(address)
    if (code === undefined) diagnostics.push(ok('port', `${where} is free (${name})`))
    else if (code === 'EADDRINUSE') {
      diagnostics.push(
        failure(
          'port',
          `${where} is taken by another process (${name} wants it)`,
          'stop that one (it may be this application), or listen elsewhere',
        ),
      )
    } else if (code === 'EACCES') {
      diagnostics.push(
        failure('port', `this user may not listen on ${where} (${name})`, 'take a port above 1023'),
      )
    } else
      diagnostics.push(
        failure('port', `${name} cannot listen on ${where}: ${code}`, 'listen on an address of this machine'),
      )
  }
  return diagnostics
}

function tryToListen(address: Extract<ListenAddress, { port: number }>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port: address.port, host: address.host, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    )
  })
}
