// The `before` hook of a route: its services, created before the input is validated.

import type { Container, Opened, Plan, ServiceScope } from '@myfy/di'
import { CurrentRequest, type RequestContext } from '../request/request-context.ts'
import type { BeforeHook, Injection } from '../routing/before-hook.ts'

/**
 * Guard runs the `before` hook of a route. The hook and the handler share one scope, which creates services when they are
 * first needed; a plan would create those of the handler together with those of the hook.
 */
export class Guard {
  readonly #hook: BeforeHook
  readonly #container: Container
  readonly #plan: Plan

  /** Declares the services of the hook with the container, so that its build reports one without a provider. */
  constructor(hook: BeforeHook, label: string, container: Container) {
    this.#hook = hook
    this.#container = container
    this.#plan = container.plan({
      name: `${label} (before)`,
      inject: hook.inject ?? {},
      scope: 'request',
      seeds: [CurrentRequest],
    })
  }

  /** Creates the singletons of the hook. */
  prepare(): Promise<void> {
    return this.#plan.prepare()
  }

  /** Opens the scope of a request. */
  open(context: RequestContext): ServiceScope {
    return this.#container.createScope('request', [CurrentRequest.of(context)])
  }

  /** Runs the hook; returns the response with which it ends the request, or undefined to continue. */
  async run(scope: ServiceScope, context: RequestContext): Promise<unknown> {
    const services = await resolveAll(scope, this.#hook.inject)
    return this.#hook.run?.(Object.assign(context, services) as never)
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
