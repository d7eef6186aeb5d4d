// The messages of a WebSocket, checked by a schema.

import type { StandardSchema } from '@myfy/core'
import { isThenable } from '@myfy/core/runtime'
import { HTTPException } from '../http/http-exception.ts'
import { validate } from './validation.ts'

/** The part of a peer that a refusal needs. */
export interface ClosingPeer {
  close(code: number, reason: string): void
}

/** A message as the connection received it. */
export interface RawMessage {
  text(): string
}

/** The hooks of a connection whose messages have a schema. */
export interface CheckedHooks<Peer extends ClosingPeer, Message extends RawMessage> {
  message?(peer: Peer, data: unknown, message: Message): unknown
  invalid?(peer: Peer, error: HTTPException): unknown
}

/** Policy violation (RFC 6455, 7.4.1). */
const POLICY_VIOLATION = 1008

/**
 * Returns the hooks with a `message` hook that receives the output of the schema for the JSON of a message. A message that
 * the schema refuses is passed to `invalid`, or closes the connection with 1008. Messages are passed on in their order.
 */
export function withCheckedMessages<Peer extends ClosingPeer, Message extends RawMessage>(
  hooks: CheckedHooks<Peer, Message>,
  schema: StandardSchema,
): object {
  /** The validation that is not settled yet, where the schema is asynchronous. */
  let pending: Promise<unknown> | undefined
  const message = (peer: Peer, raw: Message): unknown => {
    const accept = (data: unknown) => hooks.message?.(peer, data, raw)
    const refuse = (error: unknown) => {
      if (!(error instanceof HTTPException)) throw error
      if (hooks.invalid !== undefined) return hooks.invalid(peer, error)
      return peer.close(POLICY_VIOLATION, 'the message does not match the schema')
    }
    let checked: unknown
    try {
      checked = validate(schema, parse(raw), 'message')
    } catch (error) {
      checked = Promise.reject(error)
      if (pending === undefined) {
        ;(checked as Promise<unknown>).catch(() => {})
        return refuse(error)
      }
    }
    if (pending === undefined && !isThenable(checked)) return accept(checked)
    const before = pending ?? Promise.resolve()
    const outcome = Promise.resolve(checked).then(
      (data) => () => accept(data),
      (error) => () => refuse(error),
    )
    const after = before.then(() => outcome)
    pending = after
    return after.then((act) => {
      if (pending === after) pending = undefined
      return act()
    })
  }
  return { ...bound(hooks), message }
}

/** The hooks as properties: they may be methods of a class. */
function bound(hooks: object): object {
  const names = ['open', 'close', 'error'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const hook = (hooks as Record<string, unknown>)[name]
      return typeof hook === 'function' ? [[name, hook.bind(hooks)]] : []
    }),
  )
}

function parse(message: RawMessage): unknown {
  try {
    return JSON.parse(message.text())
  } catch {
    throw new HTTPException(422, { detail: 'the message is not valid JSON' })
  }
}
