// A reply as middleware sees it: a Response of the web platform, most of which is created only where it is asked for.

import { alreadyRead, isStreamed, type Reply, type ReplyBody, toResponse } from './reply.ts'
import { headerList, type ReplyHeaders, replyHeaders } from './reply-headers.ts'
import { discardStream, isUnread } from './stream-source.ts'

/** ReplyView is a Response for a reply. */
export interface ReplyView extends Response {
  readonly [VIEWED]: ViewedReply
}

/** A key that the code of users does not have. */
const VIEWED: unique symbol = Symbol('myfy.web.viewed')

/** Returns the Response for a reply. */
export function viewOf(reply: Reply): ReplyView {
  // Defined here and not at import time: the first mention of Response loads the web platform's classes.
  View ??= defineView()
  return new View(new ViewedReply(reply))
}

/** Reports whether an answer is a view, and not a Response of the platform or a reply. */
export const isView = (answer: object): answer is ReplyView => VIEWED in answer

/** Returns the reply behind a view. */
export const viewedBy = (view: ReplyView): ViewedReply => view[VIEWED]

/** ViewedReply is the reply behind a view, and what middleware has asked for of it. */
class ViewedReply {
  readonly #reply: Reply
  #headers: ReplyHeaders | undefined
  #response: Response | undefined

  constructor(reply: Reply) {
    this.#reply = reply
  }

  get status(): number {
    return this.#reply.status
  }

  get headers(): ReplyHeaders {
    this.#headers ??= replyHeaders(this.#reply.headers)
    return this.#headers
  }

  /** The Response for what only the platform can do: the body and its forms. */
  get response(): Response {
    this.#response ??= toResponse(this.#reply, this.#headers)
    return this.#response
  }

  get bodyUsed(): boolean {
    return this.#response?.bodyUsed ?? false
  }

  get isStream(): boolean {
    return isStreamed(this.#reply.body)
  }

  /**
   * The reply with the headers that the view has by now.
   *
   * @throws ResponseError if its body is a stream that middleware has read
   */
  get current(): Reply {
    const body = this.#currentBody()
    if (this.#headers === undefined && body === this.#reply.body) return this.#reply
    return { status: this.status, headers: headerList(this.headers), body }
  }

  /** @throws ResponseError if the body is a stream that middleware has read */
  assertUnread(): void {
    this.#currentBody()
  }

  /** Ends the stream of the reply, unless middleware reads it. */
  discard(): void {
    const { body } = this.#reply
    const stream = this.#response?.body ?? undefined
    if (isStreamed(body) && (stream === undefined || isUnread(stream as never))) discardStream(body)
  }

  /** A text or bytes can be sent although they were read. Of a stream that was cloned, this is the other half. */
  #currentBody(): ReplyBody {
    const { body } = this.#reply
    const stream = this.#response?.body ?? undefined
    if (!isStreamed(body) || stream === undefined) return body
    if (!isUnread(stream as never)) throw alreadyRead()
    return stream as never
  }
}

let View: (new (viewed: ViewedReply) => ReplyView) | undefined

/**
 * Defines the class. It has the prototype of Response, for `instanceof`, without its constructor, which costs more than
 * the rest of a small answer.
 */
function defineView(): new (viewed: ViewedReply) => ReplyView {
  class View implements Omit<Response, typeof Symbol.toStringTag | 'textStream'> {
    readonly [VIEWED]: ViewedReply

    constructor(viewed: ViewedReply) {
      this[VIEWED] = viewed
    }

    get status(): number {
      return this[VIEWED].status
    }

    get ok(): boolean {
      return this.status >= 200 && this.status <= 299
    }

    get headers(): Headers {
      return this[VIEWED].headers
    }

    get statusText(): string {
      return ''
    }

    get type(): Response['type'] {
      return 'default'
    }

    get url(): string {
      return ''
    }

    get redirected(): boolean {
      return false
    }

    get body(): Response['body'] {
      return this[VIEWED].response.body
    }

    get bodyUsed(): boolean {
      return this[VIEWED].bodyUsed
    }

    text(): Promise<string> {
      return this[VIEWED].response.text()
    }

    json(): Promise<unknown> {
      return this[VIEWED].response.json()
    }

    arrayBuffer(): Promise<ArrayBuffer> {
      return this[VIEWED].response.arrayBuffer()
    }

    async bytes(): Promise<Uint8Array<ArrayBuffer>> {
      return new Uint8Array(await this.arrayBuffer())
    }

    blob(): ReturnType<Response['blob']> {
      return this[VIEWED].response.blob()
    }

    formData(): ReturnType<Response['formData']> {
      return this[VIEWED].response.formData()
    }

    clone(): Response {
      const clone = this[VIEWED].response.clone()
      // The headers may have changed since the body was asked for.
      return new Response(clone.body, { status: this.status, headers: this.headers })
    }
  }
  Object.setPrototypeOf(View.prototype, Response.prototype)
  forwardOthers(View.prototype)
  return View as unknown as new (
    viewed: ViewedReply,
  ) => ReplyView
}

/** Leaves what other versions of Node.js have as well, such as `textStream`, to the Response of the platform. */
function forwardOthers(prototype: { readonly [VIEWED]: ViewedReply }): void {
  for (const name of Object.getOwnPropertyNames(Response.prototype)) {
    if (Object.hasOwn(prototype, name)) continue
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: ReplyView) {
        const { response } = this[VIEWED]
        const member: unknown = Reflect.get(response, name)
        return typeof member === 'function' ? member.bind(response) : member
      },
    })
  }
}
