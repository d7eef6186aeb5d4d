// A line of a log as it was called: with the fields first, or as other loggers and `console` are called.
//
// TypeScript refuses the other forms. In JavaScript they are a habit from elsewhere, and the message or the error that
// they pass must not be lost.

import { format } from 'node:util'
import { isError, messageOf, property } from '../runtime/thrown.ts'

/** The fields and the message of a line. */
export interface LogLine {
  readonly fields: object
  readonly message: string
}

/**
 * Returns the line that the arguments of a logger mean: `(fields, message)`, and also a message or an error alone, a
 * message before its fields or its error, and values for `%s`. Fields that are complete are returned as they are.
 */
export function logLine(args: readonly unknown[]): LogLine {
  const [first, second] = args
  if (args.length === 2 && typeof second === 'string' && isFields(first))
    return { fields: first, message: second }
  const rest = [...args]
  const fields: Record<string, unknown> = {}
  const add = (value: unknown) => {
    if (isError(value)) addError(fields, value)
    else for (const key of Object.keys(value as object)) fields[key] = property(value, key)
  }
  if (isError(first) || isFields(first)) add(rest.shift())
  const text = typeof rest[0] === 'string' ? (rest.shift() as string) : undefined
  const places = text?.match(/%[sdifjoOc]/g)?.length ?? 0
  const inText = rest.splice(0, places).map((value) => {
    if (!isError(value)) return value
    add(value)
    return messageOf(value)
  })
  for (const value of rest) {
    if (isError(value) || isFields(value)) add(value)
    else if (value !== undefined) inText.push(value)
  }
  const parts = text === undefined ? inText : [text, ...inText]
  return { fields, message: parts.length > 0 ? formatParts(parts) : takeMessage(fields) }
}

function formatParts(parts: readonly unknown[]): string {
  try {
    return format(...parts)
  } catch {
    return parts.map(messageOf).join(' ')
  }
}

/** Adds an error in the field `err`; a second one in the next free field. */
function addError(fields: Record<string, unknown>, error: unknown): void {
  let key = 'err'
  for (let n = 2; fields[key] !== undefined; n++) key = `err${n}`
  fields[key] = error
}

/** Reports whether a value has fields: an array, a date or a map is a value of the message. */
function isFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isError(value)) return false
  try {
    const prototype = Object.getPrototypeOf(value)
    return prototype === null || prototype === Object.prototype || Object.keys(value).length > 0
  } catch {
    return false
  }
}

/** Takes the message out of the fields of a line that has nothing else: that of pino or winston, or that of its error. */
function takeMessage(fields: Record<string, unknown>): string {
  for (const key of ['msg', 'message']) {
    const message = fields[key]
    if (typeof message !== 'string') continue
    delete fields[key]
    return message
  }
  const error = fields.err ?? fields.error
  return isError(error) ? messageOf(error) : ''
}
