// `myfy plan`: the startup and shutdown plan, in order and with time limits. Nothing is started.

import type { Application } from '@myfy/core'
import { durationOption, formatDuration, plural } from '@myfy/core/runtime'
import { commandOfInit, inContainer, isService, platformOf } from '../doctor/platform.ts'
import { inspect } from '../entry/inspect.ts'
import { modulesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'

/** Options of `plan`. */
export interface PlanOptions extends AppOptions {
  readonly json?: boolean
}

/** Prints the startup and shutdown plan. */
export function plan(context: CliContext, options: PlanOptions): Promise<CommandResult> {
  return inspect(context, { ...options, placeholders: () => true }, ({ app, entry }) => {
    const data = planOf(app, context.env)
    if (options.json) return context.terminal.print(JSON.stringify(data, null, 2))
    context.terminal.note(context.terminal.colors.dim(`plan of ${entry.description} (not started)`))
    printPlan(context, data)
  })
}

function planOf(app: Application, env: CliContext['env']) {
  const { hooks, startup, budget } = app
  const modules = modulesOf(app)
  const raised = new Map(app.modules.map((module) => [module.name, module]))
  const transports = modules.flatMap((module) => module.transports)
  const platform = platformOf({ env, container: inContainer() && isService(commandOfInit()) })
  const period = app.environment?.find('MYFY_GRACE_PERIOD', () => {})
  return {
    initialize: {
      modules: modules.length,
      providers: app.container.graph().nodes.length,
      settings: app.variables.length,
      profile: app.environment?.profile ?? null,
    },
    start: {
      concurrency: startup.concurrency,
      timeout: startup.timeout,
      onStartup: hooks.onStartup,
      lifespan: hooks.lifespan,
      modules: modules.map(({ name, level, requires, hooks: own }) => ({
        module: name,
        level,
        requires,
        timeout: durationOption('startTimeout', raised.get(name)?.startTimeout ?? startup.timeout, {
          unlimited: true,
        }),
        starts: own.includes('start'),
      })),
      ready: modules.filter((module) => module.hooks.includes('ready')).map(({ name }) => name),
      listen: transports,
    },
    work: app.modules.flatMap((module) =>
      (module.planEntries?.() ?? []).map((entry) => ({ module: module.name, ...entry })),
    ),
    stop: {
      budget,
      drain: [
        ...transports,
        ...modules
          .filter((module) => module.hooks.includes('drain'))
          .map(({ name }) => name)
          .reverse(),
      ],
      modules: modules.map(({ name }) => name).reverse(),
      lifespan: hooks.lifespan,
      onShutdown: hooks.onShutdown,
    },
    platform: {
      name: platform?.name ?? null,
      grace: platform?.grace ?? null,
      configured: period === undefined ? null : { value: period.value, source: period.source },
    },
  }
}

type Plan = ReturnType<typeof planOf>

function printPlan({ terminal }: CliContext, { initialize, start, work, stop, platform }: Plan): void {
  const { print, printText, colors: c } = terminal
  const step = (name: string, text: string) => printText(`  ${name.padEnd(12)} ${text}`, 13)
  const profile = initialize.profile === null ? '' : `, profile ${initialize.profile}`
  print(c.bold('initialize'))
  step(
    '',
    `${plural(initialize.modules, 'module')}, ${plural(initialize.providers, 'provider')}, ${plural(initialize.settings, 'setting')}${profile}`,
  )
  const order =
    start.concurrency === 'levels' ? 'each when the modules it requires have started' : 'one after the other'
  printText(`${c.bold('start')} ${order}, at most ${formatDuration(start.timeout)} each`)
  for (const hook of start.onStartup) step('onStartup', hook)
  if (start.lifespan) step('lifespan', 'until it yields')
  for (const one of start.modules) {
    const after = one.requires.length > 0 ? `  after ${one.requires.join(', ')}` : ''
    const timeout = one.timeout === start.timeout ? '' : `  at most ${formatDuration(one.timeout)}`
    step(`level ${one.level}`, `${one.module}${one.starts ? '' : ' (no start hook)'}${after}${timeout}`)
  }
  for (const name of start.ready) step('ready', name)
  for (const name of start.listen) step('listen', name)
  if (work.length > 0) print(c.bold('work'))
  for (const { kind, name, detail } of work) step(kind, `${name}  ${detail}`)
  const { budget } = stop
  printText(
    `${c.bold('stop')} at most ${formatDuration(budget.total)}${budget.shrunk ? ', reduced to fit the grace period' : ''}`,
  )
  if (budget.delay > 0) step('delay', `${formatDuration(budget.delay)}, serving but not ready`)
  step('drain', `${formatDuration(budget.drain)}  ${stop.drain.join(', ') || 'nothing'}`)
  const rest = [
    ...stop.modules,
    ...(stop.lifespan ? ['lifespan'] : []),
    ...stop.onShutdown.map((hook) => `onShutdown ${hook}`),
  ]
  step('stop', `${formatDuration(budget.stop)}  ${rest.join(' → ') || 'nothing'}`)
  step('flush', formatDuration(budget.flush))
  print(c.bold('platform'))
  const { configured } = platform
  if (configured) step('grace', `${configured.value}, MYFY_GRACE_PERIOD (${configured.source})`)
  if (platform.name === null)
    step('', configured ? '' : 'unknown; set MYFY_GRACE_PERIOD to the time that it grants')
  else step(platform.name, `grants ${formatDuration(platform.grace ?? 0)} by default`)
}
