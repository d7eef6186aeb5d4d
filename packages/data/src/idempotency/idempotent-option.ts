// The option `idempotent` of routes: a request that is repeated receives the stored response.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

import { createHash } from 'node:crypto'
import { type Duration, type HandlerCall, type HandlerOption, OptionError } from '@myfy/core'
import { assertKnownOptions, durationOption } from '@myfy/core/runtime'
import { problem } from '../engine/database-errors.ts'
import { DatabaseError } from '../errors.ts'
import { Session } from '../sessions/session.ts'
import { claim, fulfil, type StoredResponse } from './idempotency-keys.ts'

/** Options of an idempotent route. */
export interface IdempotencyOptions {
  /** False to run a request without the header like any other. Default: true, it receives a 400. */
  readonly required?: boolean
  /** The time for which a response is kept. Default: 24 hours. */
  readonly keep?: Duration
  /**
   * Returns to whom a key belongs, such as the id of the user: other clients with the same key do not receive the response.
   * Default: the credentials of the route's authentication; without one, the header `Authorization`.
   */
  readonly owner?: (call: HandlerCall) => string
}

declare module '@myfy/core' {
  interface HandlerOptions {
    /** Answers a repeated request with the stored response, by the header `Idempotency-Key`. */
    readonly idempotent?: boolean | IdempotencyOptions
  }
}

const DAY_MS = 86_400_000
/** The length of the longest key. */
const LONGEST_KEY = 255
/** The largest body that is stored, in bytes. */
const LARGEST_BODY = 1_048_576

/** The option `idempotent`. Key, request and response are a part of the transaction of the request. */
export const idempotentOption: HandlerOption = {
  name: 'idempotent',
  inject: { session: Session },
  check(value, route, { transaction }) {
    if (value === false) return
    if (transaction?.readOnly)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use idempotent of ${route}: the key is stored in its transaction, which is read-only. Remove one of the two.`,
      )
    if (value === true) return
    assertKnownOptions(`idempotent of ${route}`, value as IdempotencyOptions, {
      required: 'boolean',
      keep: true,
      owner: true,
    })
    const { keep, owner } = value as IdempotencyOptions
    if (keep !== undefined) durationOption(`idempotent.keep of ${route}`, keep, { least: 1 })
    if (owner !== undefined && typeof owner !== 'function')
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use idempotent.owner of ${route}: it is not a function. Pass a function that returns the id of the client.`,
      )
  },
  async within(value, call, services, next) {
    if (value === false) return next()
    const options = value === true ? {} : (value as IdempotencyOptions)
    const header = call.header('idempotency-key')
    if (header === undefined)
      return options.required === false ? next() : refuse(call, 'the header Idempotency-Key is missing')
    const key = parseKey(header)
    if (key === undefined) return refuse(call, 'the header Idempotency-Key is not valid')
    const { session } = services as { session: Session }
    const request = {
      scope: scopeOf(call, options),
      key,
      fingerprint: await fingerprintOf(call),
      keepMs: durationOption('idempotent.keep', options.keep ?? DAY_MS),
    }
    const known = await claim(session, request)
    if (known === 'busy')
      return problem(call.id, 409, 'Conflict', 'a request with this Idempotency-Key is in progress', {}, 1)
    if (known === 'different')
      return problem(
        call.id,
        422,
        'Unprocessable Entity',
        'this Idempotency-Key was used for another request',
      )
    if (known) return replay(known)
    return store(session, request, await next(), call)
  },
}

const refuse = ({ id }: HandlerCall, detail: string) => problem(id, 400, 'Bad Request', detail)

/** Returns the key of a structured string, or of plain text as many clients send it. */
function parseKey(header: string): string | undefined {
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header) ?? []
  const key = quoted?.replaceAll(/\\(["\\])/g, '$1') ?? header
  return /^[\x20-\x7e]+$/.test(key) && key.length <= LONGEST_KEY ? key : undefined
}

/** A key belongs to a client and a resource. */
function scopeOf(call: HandlerCall, { owner }: IdempotencyOptions): string {
  const client = owner ? owner(call) : clientOf(call)
  return digest(`${call.method} ${call.path}\n${client}`)
}

/** The client as its credentials name it: an API key and a cookie stand in other headers than `Authorization`. */
function clientOf({ credentials, header }: HandlerCall): string {
  if (credentials === undefined) return header('authorization') ?? ''
  return JSON.stringify(Object.entries(credentials))
}

async function fingerprintOf({ url, body, header }: HandlerCall): Promise<string> {
  const bytes = await body()
  const boundary = boundaryOf(header('content-type') ?? '')
  return digest(url.search, ...(boundary === undefined ? [bytes] : partsOf(bytes, `--${boundary}`)))
}

/** Returns the boundary of a multipart body: clients choose another one for each attempt. */
function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] =
    /^\s*multipart\/[^;]+;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? []
  return quoted ?? plain
}

/** Returns what stands between the boundaries, each with its length: no two bodies have the same list. */
function* partsOf(bytes: Uint8Array, boundary: string): Generator<string | Uint8Array> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at <= body.length; ) {
    const found = body.indexOf(boundary, at)
    const end = found < 0 ? body.length : found
    yield `${end - at}\n`
    yield body.subarray(at, end)
    at = end + boundary.length
  }
}

function digest(...parts: ReadonlyArray<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

async function store(
  session: Session,
  request: Parameters<typeof claim>[1],
  response: Response,
  { method, path }: HandlerCall,
): Promise<Response> {
  const headers = [...response.headers]
  if (/^text\/event-stream/i.test(response.headers.get('content-type') ?? ''))
    throw new DatabaseError(
      'MYFY_IDEMPOTENT_STREAM',
      `Cannot store the response to ${method} ${path}: it is a stream of events. Remove the option idempotent.`,
    )
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length > LARGEST_BODY)
    throw new DatabaseError(
      'MYFY_IDEMPOTENT_LARGE',
      `Cannot store the response to ${method} ${path}: it has ${body.length} bytes, and at most ${LARGEST_BODY} are stored. Return a reference to the content.`,
    )
  await fulfil(session, request, { status: response.status, headers, body })
  return new Response(bodyOf(response.status, body), { status: response.status, headers })
}

function replay({ status, headers, body }: StoredResponse): Response {
  const response = new Response(bodyOf(status, body), { status, headers: headers as [string, string][] })
  response.headers.set('idempotent-replayed', 'true')
  return response
}

const bodyOf = (status: number, body: Uint8Array): Uint8Array<ArrayBuffer> | null =>
  status === 204 || status === 205 || status === 304 ? null : new Uint8Array(body)
