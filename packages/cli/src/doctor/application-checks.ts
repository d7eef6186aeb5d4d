// The checks of `myfy doctor` on the configuration of the application. It is initialized and not started.

import type { Application } from '@myfy/core'
import { DURATION_FORM, formatDuration, messageOf, parseDuration, plural } from '@myfy/core/runtime'
import type { ApplicationIssue } from '../graph/application-model.ts'
import { type Diagnostic, failure, ok, warning } from './diagnostic.ts'
import type { Environment } from './environment-checks.ts'
import { isService, type PlatformTraces, platformOf } from './platform.ts'

/** Assigns the issues of `initialize()` to checks. A check without issues reports what it covered. */
export function checkConfiguration(
  app: Application,
  issues: readonly ApplicationIssue[],
  reordered: readonly string[],
): readonly Diagnostic[] {
  const matching = (pattern: RegExp) => issues.filter(({ code = '' }) => pattern.test(code))
  const settings = matching(/^MYFY_SETTINGS/)
  const modules = matching(/^MYFY_MODULE/)
  const graph = matching(/^(MYFY_)?DI_/)
  const others = issues.filter((issue) => ![...settings, ...modules, ...graph].includes(issue))
  const results = (check: string, list: readonly ApplicationIssue[], success: string) =>
    list.length > 0 ? list.map(({ message }) => failure(check, message)) : [ok(check, success)]
  const names = app.modules.map(({ name }) => name).join(', ') || 'none'
  const initialized = issues.length === 0
  const providers = initialized ? app.container.graph().nodes.length : 0
  return [
    ...results('settings', settings, plural(app.variables.length, 'setting') + unreadVariables(app)),
    ...results('modules', modules, `${plural(app.modules.length, 'module')} in order: ${names}`),
    ...reordered.map((sentence) =>
      warning('modules', sentence, 'add it after that module, so that the list shows the real order'),
    ),
    // Without settings there is no graph to check.
    ...(initialized || graph.length > 0
      ? results(
          'graph',
          graph,
          `${plural(providers, 'provider')}: all dependencies are registered, without cycles, in valid scopes`,
        )
      : []),
    ...others.map(({ message }) => failure('initialize', message)),
  ]
}

/**
 * Names the variables of env files that no setting reads. They are no fault: other programs read the same files, but a
 * library of the application does not.
 */
function unreadVariables({ environment, variables }: Application): string {
  const read = new Set(variables.flatMap(({ variable }) => [variable, `${variable}_FILE`]))
  const files = environment?.layers.filter(({ name }) => name !== 'environment') ?? []
  const unread = files.flatMap(({ name: file, values }) => {
    const names = Object.keys(values).filter((name) => !read.has(name) && !name.startsWith('MYFY_'))
    return names.length > 0 ? `${names.join(', ')} of ${file}` : []
  })
  if (unread.length === 0) return ''
  return `; none reads ${unread.join(', ')}, which process.env does not have either`
}

/** Asks the modules what may fail. A check that fails itself is a result as well. */
export async function checkModules(app: Application): Promise<readonly Diagnostic[]> {
  const results: Diagnostic[] = []
  for (const module of app.modules) {
    try {
      results.push(...((await module.diagnose?.(app)) ?? []))
    } catch (error) {
      results.push(failure(module.name, `the check of the module ${module.name} failed: ${messageOf(error)}`))
    }
  }
  return results
}

/** Compares the time of a stop with the time that the platform grants. */
export function checkGrace(
  app: Application,
  env: PlatformTraces['env'],
  where: Pick<Environment, 'container' | 'init'>,
): Diagnostic {
  const { budget } = app
  const period = app.environment?.find('MYFY_GRACE_PERIOD', () => {})
  const total = formatDuration(budget.total)
  if (period !== undefined && parseDuration(period.value) === undefined) {
    return failure(
      'grace',
      `MYFY_GRACE_PERIOD is '${period.value}' (${period.source}), which is not a duration`,
      `write it as ${DURATION_FORM}`,
    )
  }
  if (budget.shrunk) {
    const name = period === undefined ? 'the grace period' : `MYFY_GRACE_PERIOD=${period.value}`
    const parts = `drain ${formatDuration(budget.drain)}, stop ${formatDuration(budget.stop)}`
    return warning(
      'grace',
      `${name} is shorter than the shutdown budget, which shrinks to ${total} (${parts})`,
      'grant more (terminationGracePeriodSeconds, stop_grace_period), or reduce `shutdown` in the options',
    )
  }
  const platform = platformOf({ env, container: where.container && isService(where.init) })
  if (platform !== undefined && period === undefined && platform.grace < budget.total) {
    return warning(
      'grace',
      `${platform.name} grants ${formatDuration(platform.grace)} by default, but a stop may take ${total}; then it is killed`,
      `${platform.remedy}, and set MYFY_GRACE_PERIOD to the same value`,
    )
  }
  const granted = period === undefined ? '' : `, MYFY_GRACE_PERIOD=${period.value} (${period.source})`
  return ok('grace', `a stop takes at most ${total}${granted}`)
}
