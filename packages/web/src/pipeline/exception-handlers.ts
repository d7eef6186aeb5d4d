// The exception handlers of an application: from an error to a response.

import type { Module } from '@myfy/core'
import { HTTPException, toHTTPException } from '../http/http-exception.ts'
import type { RequestContext } from '../request/request-context.ts'
import { exceptionReply, type Reply } from '../response/reply.ts'
import { assertList, isFunction } from '../routing/assert-options.ts'
import { produceReply } from './produce-reply.ts'

/**
 * An error class, and a function that returns the response for its instances. The first handler whose class matches is
 * called, also for errors of the framework: a handler of `HTTPException` receives 404, 405, 413, 422 and the others, and
 * a handler of `Error` receives everything. Returning the error itself keeps its default response; returning `undefined`
 * passes the error to the next handler.
 */
export type ExceptionHandler = readonly [
  type: abstract new (
    // biome-ignore lint/suspicious/noExplicitAny: a constraint over every parameter list of a constructor
    ...args: any[]
  ) => unknown,
  // biome-ignore lint/suspicious/noExplicitAny: the error is an instance of the class beside it, which a list cannot express
  respond: (error: any, context: RequestContext) => unknown,
]

/**
 * A module that brings exception handlers, which the `WebModule` of the application calls after its own: the errors of a
 * database become 503 wherever they are thrown.
 */
export interface ExceptionHandlersModule extends Module {
  /** The handlers, in the order in which they are asked. */
  readonly exceptionHandlers: readonly ExceptionHandler[]
}

/** Returns the exception handlers that a module brings. @throws OptionError for anything but pairs */
export function exceptionHandlersOf(module: Module): readonly ExceptionHandler[] {
  const { exceptionHandlers } = module as Partial<ExceptionHandlersModule>
  return exceptionHandlers === undefined ? [] : pairsOf(`the module '${module.name}'`, exceptionHandlers)
}

/** Returns a list of exception handlers. @throws OptionError for anything but pairs */
export function pairsOf(
  of: string,
  exceptionHandlers: readonly ExceptionHandler[],
): readonly ExceptionHandler[] {
  const isPair = (item: unknown) => Array.isArray(item) && isFunction(item[0]) && isFunction(item[1])
  assertList('exceptionHandlers', of, exceptionHandlers, isPair, 'pairs of an error class and a function')
  return exceptionHandlers
}

/**
 * Returns the response of the first matching handler, or undefined when no handler responds. An h3 `HTTPError` is passed
 * to a handler of that class, else as its HTTPException.
 *
 * @throws the error that a handler throws, unless it is an HTTPException, which is a response
 */
export async function handleException(
  handlers: readonly ExceptionHandler[],
  error: unknown,
  context: RequestContext,
): Promise<Reply | undefined> {
  const exception = toHTTPException(error)
  for (const [type, respond] of handlers) {
    const matching = [error, exception].find((candidate) => candidate instanceof type)
    if (matching === undefined) continue
    const value = await resultOf(() => respond(matching, context))
    if (value === undefined) continue
    if (value instanceof HTTPException) return exceptionReply(value, context.id)
    // The unknown error itself: it keeps the response of an unknown error.
    return value === error ? undefined : produceReply(value, undefined)
  }
  return undefined
}

async function resultOf(respond: () => unknown): Promise<unknown> {
  try {
    return await respond()
  } catch (error) {
    if (error instanceof HTTPException) return error
    throw error
  }
}
