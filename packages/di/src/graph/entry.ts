/** Entries: the calls that add to a graph, and the bindings that follow from them. */

import type { PlanSpec } from '../providers/entry-point.ts'
import { Provider, unnamed } from '../providers/inject.ts'
import type { Decoration, Registration } from '../providers/registration.ts'
import { nameOf, Seed, Token } from '../providers/token.ts'
import { Binding, type BindingSpec } from './binding.ts'

/** The methods of a container that add to its graph. */
export type Call = 'register' | 'registerMany' | 'override' | 'decorate' | 'plan'

/** The definition of a service: a registration, or the provider value that replaces one. */
// biome-ignore lint/suspicious/noExplicitAny: the types of a decoration are those of its token
export type Definition = Registration | Provider<unknown, unknown> | Decoration<any, any, any> | PlanSpec

/** One call, with the canonical token. */
export interface Entry {
  readonly call: Call
  readonly token: unknown
  readonly definition: Definition
  /** The module that made the call. */
  readonly registrar: string | undefined
  /** The binding that follows from the call, as soon as it is derived: with decorators, the outermost. */
  binding: Binding | undefined
}

/** Returns the content of the binding of a registration. */
export function specOf(
  { token, definition, registrar }: Entry,
  replacedScope: Binding['scope'] = 'singleton',
  injectedAs?: string,
): BindingSpec {
  const registration = definition as Registration
  if (!(definition instanceof Token) && 'value' in definition)
    return { token, kind: 'value', scope: 'singleton', options: registration, registrar }
  const carried =
    !registration.factory && !registration.construct && token instanceof Token ? token : undefined
  const provider = definition instanceof Provider ? definition : carried
  if (provider instanceof Provider) {
    const { construct, scope, make, inject, options } = provider
    const kind = construct ? 'class' : 'factory'
    const name = provider.name || (provider === token ? injectedAs : nameOf(token)) || nameOnDemand(provider)
    return { token, kind, scope, make, inject, options, name, registrar }
  }
  if (provider instanceof Seed) return { token, kind: 'seed', scope: provider.scope, registrar }
  const { factory, construct, inject, scope = replacedScope } = registration
  const make = factory ?? construct ?? (token instanceof Token ? token.base : token)
  return { token, kind: factory ? 'factory' : 'class', scope, make, inject, options: registration, registrar }
}

// A separate function: V8 allocates the scope of a closure with the call, also where the closure is not created.
const nameOnDemand = (provider: Provider<unknown, unknown>) => () => unnamed(provider)

/** Returns the binding of a decorator: a factory of the same scope whose first argument is the decorated service. */
export function decoratorOf({ token, definition, registrar }: Entry, inner: Binding): Binding {
  // biome-ignore lint/suspicious/noExplicitAny: as for Definition
  const { factory, inject = [], dispose, settle, name } = definition as Decoration<any, any, any>
  const make = Array.isArray(inject)
    ? factory
    : (service: unknown, ...services: unknown[]) =>
        factory(service, Object.fromEntries(Object.keys(inject).map((key, i) => [key, services[i]])) as never)
  const binding = new Binding({
    token,
    kind: 'factory',
    scope: inner.scope,
    make,
    inject: [inner as never, ...(Object.values(inject) as never[])],
    options: { dispose, settle },
    name: name ?? `decorated ${inner.name}`,
    registrar,
  })
  binding.decorates = inner
  return binding
}
