// An answer with a status: one of the `responses` that a route declares.

/** A value with the status that it is sent with. Use `reply` to create one. */
export class StatusReply<Status extends number = number, Value = unknown> {
  /** The status of the response. */
  readonly status: Status
  /** The body: data, a text, bytes or a stream; `undefined` for none. */
  readonly value: Value
  /** The headers of the response. */
  readonly headers: Readonly<Record<string, string>>

  /** @internal */
  constructor(status: Status, value: Value, headers: Readonly<Record<string, string>>) {
    this.status = status
    this.value = value
    this.headers = headers
  }
}

/**
 * Returns an answer with a status. Its value is validated by the schema that `responses` of the route declares for the
 * status, and is typed by it. Like any returned value it is a success, whose services commit: throw or return an
 * `HTTPException` to roll back.
 *
 * @param status - 200 to 599
 *
 * @example
 * ```ts
 * import { defineRoutes, reply } from '@myfy/web'
 * import { z } from 'zod'
 *
 * const User = z.object({ id: z.number(), name: z.string() })
 * const Conflict = z.object({ taken: z.string() })
 *
 * export const users = defineRoutes('/users', (route) => {
 *   route.post(
 *     '/',
 *     { body: z.object({ name: z.string() }), responses: { 201: User, 409: Conflict } },
 *     ({ body }) => (body.name === 'Ada' ? reply(409, { taken: 'Ada' }) : { id: 2, name: body.name }),
 *   )
 * })
 * ```
 */
export function reply<const Status extends number>(status: Status): StatusReply<Status, undefined>
/** Returns an answer with a status and a value. */
export function reply<const Status extends number, const Value>(
  status: Status,
  value: Value,
  headers?: Readonly<Record<string, string>>,
): StatusReply<Status, Value>
export function reply(
  status: number,
  value?: unknown,
  headers: Readonly<Record<string, string>> = {},
): StatusReply {
  return new StatusReply(status, value, headers)
}
