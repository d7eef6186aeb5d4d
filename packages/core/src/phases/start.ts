// The second phase of a life: onStartup hooks, the lifespan's first half, modules, their `ready`. What each step
// acquires is noted, so that a stop, or the roll-back of a start that fails, releases just that.

import type { Replacement } from '../application/takeover.ts'
import type { Steps } from '../hooks/hook-policy.ts'
import { enterLifespan } from '../hooks/lifespan.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleLife } from '../modules/module-instance.ts'
import type { BootContext } from './context.ts'
import { nameOfHook } from './options.ts'
import { startInLevels, startInOrder } from './start-order.ts'
import type { Acquired } from './teardown.ts'

/** What is started, and where it is noted. */
export interface StartupParts {
  readonly context: BootContext
  readonly steps: Steps
  readonly acquired: Acquired
  readonly replacement: Replacement
  /** The modules, in start order. */
  readonly lives: readonly ModuleLife[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
}

/** Starts everything; the first failure ends it. */
export async function startUp(parts: StartupParts): Promise<void> {
  const { context, steps, acquired, replacement, lives, requires } = parts
  const { app, options, onStartup } = context
  acquired.hooks = 0
  for (const hook of onStartup) {
    await steps.required({ phase: 'onStartup', owner: nameOfHook(hook) }, (control) => hook(app, control))
    acquired.hooks++
  }
  const { lifespan } = options
  if (lifespan) {
    acquired.leaveLifespan = await steps.required({ phase: 'lifespan up', owner: 'lifespan' }, (control) =>
      enterLifespan(lifespan(app, control)),
    )
  }
  await replacement.suspendRivals(lives)
  const start = (life: ModuleLife) => startModule(life, parts)
  if (options.startup?.concurrency !== 'levels') await startInOrder(lives, start)
  else await startInLevels(lives, requires, start)
  for (const life of acquired.modules) {
    if (!life.module.ready || replacement.isKept(life)) continue
    steps.giveUpIfAsked()
    steps.judge({ phase: 'ready', owner: life.name }, await life.ready(steps.startLimits()))
  }
  steps.giveUpIfAsked()
}

async function startModule(life: ModuleLife, parts: StartupParts): Promise<void> {
  const { context, steps, acquired, replacement } = parts
  steps.giveUpIfAsked()
  if (replacement.isKept(life)) {
    context.emit({ type: 'module.carried', module: life.name })
    acquired.modules.push(life)
    return
  }
  life.previous = replacement.handoverOf(life.name)
  const limits = steps.startLimits(life.startTimeout)
  const { result, errors } = await life.start(limits, () => steps.stopLimits())
  steps.outcome.stopErrors.push(...errors)
  if (life.started) acquired.modules.push(life)
  steps.judge({ phase: 'start', owner: life.name }, result)
}
