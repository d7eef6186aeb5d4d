// `myfy plan`: what a start and a stop will do, in order and with their budgets, without doing any of it.

import type { Application } from '@myfy/core'
import { durationOption } from '@myfy/core/runtime'
import { commandOfInit, inContainer, isService, platformOf } from '../doctor/platform.ts'
import { inspect } from '../entry/inspect.ts'
import { modulesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { count, duration } from '../terminal/progress.ts'

/** Options of `plan`. */
export interface PlanOptions extends AppOptions {
  readonly json?: boolean
}

/** Prints the plan. */
export function plan(context: CliContext, options: PlanOptions): Promise<CommandResult> {
  return inspect(context, options, ({ app, entry }) => {
    const data = planOf(app, context.env)
    if (options.json) return context.terminal.print(JSON.stringify(data, null, 2))
    context.terminal.note(context.terminal.colors.dim(`plan of ${entry.description}; nothing was started`))
    printPlan(context, data)
  })
}

function planOf(app: Application, env: CliContext['env']) {
  const { hooks, startup, budget } = app
  const modules = modulesOf(app)
  const raised = new Map(app.modules.map((module) => [module.name, module]))
  const transports = modules.flatMap((module) => module.transports)
  const platform = platformOf({ env, container: inContainer() && isService(commandOfInit()) })
  const told = app.environment?.find('MYFY_GRACE_PERIOD', () => {})
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
      told: told === undefined ? null : { value: told.value, source: told.source },
    },
  }
}

type Plan = ReturnType<typeof planOf>

function printPlan({ terminal }: CliContext, { initialize, start, stop, platform }: Plan): void {
  const { print, colors: c } = terminal
  const step = (name: string, what: string) => print(`  ${name.padEnd(12)} ${what}`)
  const profile = initialize.profile === null ? '' : `, profile ${initialize.profile}`
  print(c.bold('initialize'))
  step(
    '',
    `${count(initialize.modules, 'module')}, ${count(initialize.providers, 'provider')}, ${count(initialize.settings, 'setting')}${profile}`,
  )
  const how =
    start.concurrency === 'levels' ? 'each as soon as what it requires has started' : 'one after the other'
  print(`${c.bold('start')} ${c.dim(`${how}, ${duration(start.timeout)} each at most`)}`)
  for (const hook of start.onStartup) step('onStartup', hook)
  if (start.lifespan) step('lifespan', 'up to its yield')
  for (const one of start.modules) {
    const after = one.requires.length > 0 ? c.dim(`  after ${one.requires.join(', ')}`) : ''
    const timeout = one.timeout === start.timeout ? '' : c.dim(`  ${duration(one.timeout)} at most`)
    step(
      `level ${one.level}`,
      `${one.module}${one.starts ? '' : c.dim(' (nothing to start)')}${after}${timeout}`,
    )
  }
  for (const name of start.ready) step('ready', name)
  for (const name of start.listen) step('listen', name)
  const { budget } = stop
  print(
    `${c.bold('stop')} ${c.dim(`${duration(budget.total)} at most${budget.shrunk ? ', shrunk to fit the grace period' : ''}`)}`,
  )
  if (budget.delay > 0) step('delay', `${duration(budget.delay)}, still serving, no longer ready`)
  step('drain', `${duration(budget.drain)}  ${stop.drain.join(', ') || c.dim('nothing')}`)
  const rest = [
    ...stop.modules,
    ...(stop.lifespan ? ['lifespan'] : []),
    ...stop.onShutdown.map((hook) => `onShutdown ${hook}`),
  ]
  step('stop', `${duration(budget.stop)}  ${rest.join(' → ') || c.dim('nothing')}`)
  step('flush', duration(budget.flush))
  print(c.bold('platform'))
  if (platform.told) step('grace', `${platform.told.value} by MYFY_GRACE_PERIOD (${platform.told.source})`)
  if (platform.name === null)
    step('', platform.told ? '' : c.dim('none known here; set MYFY_GRACE_PERIOD to what it grants'))
  else step(platform.name, `grants ${duration(platform.grace ?? 0)} unless told otherwise`)
}
