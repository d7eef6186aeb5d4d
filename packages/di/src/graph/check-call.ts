/** Checks of the calls of a container, before they become entries of its graph. */
import { InvalidProviderError } from '../errors.ts'
import { checkInject, foreign, invalidArgument, isForeign, isObject } from '../providers/arguments.ts'
import type { PlanSpec } from '../providers/entry-point.ts'
import { Marker, Provider } from '../providers/inject.ts'
import { checkOptions } from '../providers/known-options.ts'
import type { Registration } from '../providers/registration.ts'
import { named, nameOf, Seed, Token } from '../providers/token.ts'
import type { Call, Entry } from './entry.ts'
import type { Graph } from './graph.ts'
import { missing } from './graph-issues.ts'

const NO_OPTIONS: Registration = {}
const ALWAYS = ['inject', 'factory', 'name', 'dispose', 'settle']
const REGISTRATION = [...ALWAYS, 'scope', 'construct', 'value', 'qualifier']

/** Refuses a registration that the types refuse. Returns its canonical token and its definition. */
export function checkCall(
  graph: Graph,
  call: Call,
  token: unknown,
  definition: unknown,
): Pick<Entry, 'token' | 'definition'> {
  const stranger = isForeign(token) ? token : isForeign(definition) ? definition : undefined
  if (stranger) throw foreign(`Cannot ${call} ${nameOf(token)}`, stranger)
  if (token === undefined || token === null) throw missing(token)
  if (token instanceof Marker) throw invalidArgument('token', call, token, 'a class or a token')
  if (definition === undefined)
    return { token: graph.key(token), definition: token instanceof Provider ? token : NO_OPTIONS }
  if (!isObject(definition) || (definition instanceof Token && !(definition instanceof Provider)))
    throw invalidArgument('registration', nameOf(token), definition, '{ factory }, { value } or { inject }')
  const { inject = NO_OPTIONS, qualifier } = definition as Registration
  checkInject(inject, token)
  if (!(definition instanceof Provider))
    checkOptions(
      () => `the ${call === 'decorate' ? 'decorator' : 'registration'} of ${nameOf(token)}`,
      definition,
      call === 'decorate' ? ALWAYS : REGISTRATION,
    )
  const key = graph.key(qualifier === undefined ? token : named(token as Token<unknown>, qualifier))
  if (call === 'override') checkOverride(graph, key, inject)
  return { token: key, definition }
}

/** Refuses an override that injects its own token: the original is gone. */
function checkOverride(graph: Graph, key: unknown, inject: object): void {
  const targets = Object.values(inject).map((one: unknown) =>
    one instanceof Marker && one.kind !== 'all' ? one.token : one,
  )
  if (!targets.some((target) => graph.key(target) === key)) return
  const name = nameOf(key)
  throw new InvalidProviderError(
    'MYFY_DI_INVALID_PROVIDER',
    `Cannot override ${name}: it injects ${name} itself, which it replaces.`,
    [name],
    `Use decorate(${name}, { factory: (inner) => … }).`,
  )
}

/** Refuses a plan that the types refuse. */
export function checkPlan(spec: PlanSpec): void {
  const { name, inject, seeds = [] } = spec
  checkOptions(() => `the plan ${name}`, spec, ['name', 'inject', 'scope', 'seeds'])
  checkInject(inject, { name })
  const stranger = Array.isArray(seeds) && seeds.find(isForeign)
  if (stranger) throw foreign(`Cannot plan ${name}`, stranger)
  if (!Array.isArray(seeds) || !seeds.every((seed) => seed instanceof Seed))
    throw invalidArgument('seeds', name, seeds, 'a list of seeds')
}
