// Anything that can be thrown, as an error and as text. Nothing here throws, whatever it is given.

import { inspect } from 'node:util'
import { MyfyError } from '@myfy/di'

/** A value that is not an error was thrown; it is the `cause`. */
export class ThrownValueError extends MyfyError {
  constructor(thrown: unknown) {
    super(
      'MYFY_THROWN_VALUE',
      `Cannot tell what failed: the thrown value is not an error: ${textOf(thrown)}. Throw an Error, which knows its place.`,
      { cause: thrown },
    )
  }
}

/** Reports whether a value has a `then` method. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** Returns a thrown value as an error; a value that is not an error becomes the `cause` of a new one. */
export function errorOf(thrown: unknown): Error {
  if (isError(thrown)) return thrown
  return new ThrownValueError(thrown)
}

/** Reports whether a value is an error; false for a revoked proxy, which cannot be asked. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/**
 * Returns the message of a thrown value. An `AggregateError` without its own message, as `net.connect` raises for
 * a name with several addresses, gives the messages of its inner errors.
 */
export function messageOf(thrown: unknown): string {
  if (!isError(thrown)) return textOf(thrown)
  const message = property(thrown, 'message')
  if (typeof message === 'string' && message !== '') return message
  const inner = innerErrors(thrown).slice(0, 5).map(messageOf)
  if (inner.length > 0) return inner.join('; ')
  return String(property(thrown, 'code') ?? property(thrown, 'name') ?? 'Error')
}

/** Returns the message of a thrown value for the middle of a sentence: without the full stop at its end. */
export function clauseOf(thrown: unknown): string {
  return unpunctuated(messageOf(thrown))
}

/** Returns a sentence without the mark at its end; `..` and `…` end no sentence. */
export function unpunctuated(sentence: string): string {
  return sentence.trim().replace(/(?<![./\\])[.!?]$/, '')
}

/** Returns the errors inside an aggregate, or an empty list. */
export function innerErrors(error: unknown): readonly unknown[] {
  const errors = property(error, 'errors')
  return Array.isArray(errors) ? errors : []
}

/** Returns a property of any value; undefined if reading it throws. */
export function property(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[name]
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 1_000 })
  } catch {
    return 'a value that cannot be inspected.'
  }
}

/**
 * Returns a copy of an error, of the same class, with changed properties. From Node.js 21 on `stack` is an accessor that
 * has a value for the error itself alone: the copy has the value.
 */
export function copyError(error: Error, changes: PropertyDescriptorMap): Error {
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(error)
  const value = property(error, 'stack')
  if (own.stack !== undefined) own.stack = { value, enumerable: false, writable: true, configurable: true }
  return Object.create(Object.getPrototypeOf(error), { ...own, ...changes }) as Error
}
