// The Request of the web platform for an exchange.

import { HTTPException } from '../http/http-exception.ts'

/** The parts of an exchange that make a Request. */
export interface RequestParts {
  readonly method: string
  readonly url: URL
  readonly hasBody: boolean
  readonly signal: AbortSignal
  readonly body: { readonly stream: ReadableStream<Uint8Array> }
  headerPairs(): Iterable<readonly [name: string, value: string]>
}

/** Returns the request as the web platform has it. No byte of its body is read until it is asked for. */
export function createWebRequest(exchange: RequestParts): Request {
  const { method } = exchange
  // The platform has no Request for these; neither has a route.
  if (FORBIDDEN.has(method)) throw new HTTPException(501, { detail: `the method ${method} is not supported` })
  const headers = new Headers()
  for (const [name, value] of exchange.headerPairs()) headers.append(name, value)
  const bodiless = method === 'GET' || method === 'HEAD' || !exchange.hasBody
  const request = new Request(exchange.url, {
    method,
    headers,
    signal: exchange.signal,
    body: bodiless ? null : exchange.body.stream,
    duplex: 'half',
  } as RequestInit)
  return withClientErrors(request)
}

const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Makes `json()` and `formData()` answer 400 and 415 for what the client sent wrong, instead of 500. */
function withClientErrors(request: Request): Request {
  const json = async (): Promise<unknown> => {
    try {
      return await Request.prototype.json.call(request)
    } catch (error) {
      throw error instanceof SyntaxError
        ? clientError(400, 'the request body is not valid JSON', error)
        : error
    }
  }
  const formData = async (): Promise<FormData> => {
    const used = request.bodyUsed
    if (!FORM.test(request.headers.get('content-type') ?? '')) throw notForm()
    try {
      return await Request.prototype.formData.call(request)
    } catch (error) {
      const { cause } = error as { cause?: unknown }
      if (cause instanceof HTTPException) throw cause
      if (used || error instanceof HTTPException) throw error
      throw clientError(400, 'the request body is not a valid form', error)
    }
  }
  const clone = () => withClientErrors(Request.prototype.clone.call(request))
  const methods = { json, formData, clone }
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(request, name, { value, configurable: true, writable: true })
  return request
}

const notForm = () =>
  new HTTPException(415, {
    detail: 'the request body must be multipart/form-data or application/x-www-form-urlencoded',
    headers: { accept: 'multipart/form-data, application/x-www-form-urlencoded' },
  })

const clientError = (status: number, detail: string, cause: unknown) =>
  new HTTPException(status, { detail, cause })

const FORM = /^\s*(?:multipart\/form-data|application\/x-www-form-urlencoded)\s*(?:;|$)/i
