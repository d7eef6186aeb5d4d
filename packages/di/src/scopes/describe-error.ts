/** Describes thrown values, also those that are not errors, in one line. */
import { safeText } from '../providers/token.ts'

/** The number of inner errors and of nested causes that are described. */
const LIMIT = 5

/** Returns the text of a thrown value, with the errors inside an AggregateError. */
export function describeError(thrown: unknown, depth = 0): string {
  const text = safeText(thrown)
  const inner = innerErrors(thrown)
  if (!inner.length || depth === LIMIT) return text
  const described = inner.slice(0, LIMIT).map((error) => describeError(error, depth + 1))
  return `${text} [${[...described, ...(inner.length > LIMIT ? ['…'] : [])].join('; ')}]`
}

/** Returns a message for the middle of a sentence: without the full stop at its end. */
export function clauseOf(message: string): string {
  return message.trim().replace(/(?<![./\\])[.!?]$/, '')
}

function innerErrors(thrown: unknown): readonly unknown[] {
  try {
    const { errors } = thrown as { errors?: unknown }
    return Array.isArray(errors) ? errors : []
  } catch {
    return []
  }
}
