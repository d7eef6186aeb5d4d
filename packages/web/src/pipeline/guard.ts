// The `before` hooks of a route: their services, created before the input is validated.

import { CurrentWork, type WorkUnit } from '@myfy/core'
import type { Container, Opened, Plan, ServiceScope } from '@myfy/di'
import type { AnyAuth } from '../auth/define-auth.ts'
import type { Injection } from '../request/injection.ts'
import { CurrentRequest, type RequestContext } from '../request/request-context.ts'
import type { BeforeHook } from '../routing/before-hook.ts'

/**
 * Guard runs the `before` hooks of a route. The hooks and the handler share one scope, which creates services when they
 * are first needed; a plan would create those of the handler together with those of the hooks.
 */
export class Guard {
  readonly #hooks: readonly BeforeHook[]
  readonly #container: Container
  readonly #plans: readonly Plan[]
  readonly #identity: ReadonlyArray<AnyAuth['identity']>

  /** Declares the services of the hooks with the container, so that its build reports one without a provider. */
  constructor(
    hooks: readonly BeforeHook[],
    label: string,
    container: Container,
    identity: ReadonlyArray<AnyAuth['identity']>,
  ) {
    this.#hooks = hooks
    this.#identity = identity
    this.#container = container
    this.#plans = hooks.map(({ inject = {} }) =>
      container.plan({
        name: `${label} (before)`,
        inject,
        scope: 'request',
        seeds: [CurrentRequest, CurrentWork, ...identity],
      }),
    )
  }

  /** Creates the singletons of the hooks. */
  async prepare(): Promise<void> {
    for (const plan of this.#plans) await plan.prepare()
  }

  /** Opens the scope of a request. */
  open(context: RequestContext, work: WorkUnit, identity: unknown): ServiceScope {
    const seeds = this.#identity.map((seed) => seed.of(identity))
    return this.#container.createScope('request', [
      CurrentRequest.of(context),
      CurrentWork.of(work),
      ...seeds,
    ])
  }

  /**
   * Runs the hooks until one ends the request with a response, which is returned; undefined to continue. Each hook
   * receives a separate argument, so that it has only its own services.
   */
  async run(scope: ServiceScope, argument: () => RequestContext): Promise<unknown> {
    for (const hook of this.#hooks) {
      const services = await resolveAll(scope, hook.inject)
      const response = await hook.run?.(Object.assign(argument(), services) as never)
      if (response !== undefined) return response
    }
    return undefined
  }
}

/** Returns the services of a scope by name. Independent asynchronous services are created at the same time. */
export async function resolveAll(
  scope: ServiceScope,
  inject: Injection | undefined,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(inject ?? {}).map(
    async ([name, token]) => [name, await scope.resolve(token)] as const,
  )
  // Every promise is awaited, so that none is left without a handler when another rejects.
  await Promise.allSettled(entries)
  return Object.fromEntries(await Promise.all(entries))
}

/** Returns a scope as the services of an exchange, which settles and disposes it. */
export const asOpened = (scope: ServiceScope): Opened => ({
  values: {},
  disposable: true,
  settle: (outcome) => scope.settle(outcome),
  dispose: (outcome) => scope.dispose(outcome),
  [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
})
