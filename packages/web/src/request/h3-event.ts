// The event of h3 by a type of this package: the declarations of h3 are not valid with every `lib` of a project.

/**
 * A request as the functions of h3 take it. The status, the headers and the cookies that they set on `res` become part of
 * the answer.
 */
export interface H3Event {
  /** The request. */
  readonly req: H3Request
  /** The parsed URL of the request. */
  url: URL
  /** The values that functions of h3 keep with the request. */
  readonly context: Record<string, unknown>
  /** The status and the headers of the answer. */
  readonly res: {
    status?: number
    statusText?: string
    readonly headers: Headers
    /** Headers of an answer that is an error. */
    readonly errHeaders: Headers
  }
  /** The headers of the request. */
  readonly headers: Headers
  /** The path of the request with its query. */
  readonly path: string
  /** The method of the request. */
  readonly method: string
  /** Always undefined: the objects of node:http are not part of the event. */
  readonly node: undefined
  /** Always undefined, as `node`. */
  readonly runtime: undefined
  /** Keeps the request open until a promise has settled. */
  waitUntil(promise: Promise<unknown>): void
  /** Returns the method and the URL. */
  toString(): string
  /** Returns the method and the URL. */
  toJSON(): string
}

/** The request of an {@link H3Event}. Its type fits that of h3, where Node.js and browsers type a body differently. */
export interface H3Request extends Omit<Request, 'json' | 'clone'> {
  /** The address of the client. */
  readonly ip?: string | undefined
  /** Reads the body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of h3, and of a Request in browsers
  json(): Promise<any>
  /** Returns a copy, whose body is read separately. */
  // biome-ignore lint/suspicious/noExplicitAny: a request of h3, whose declarations this one stands for
  clone(): any
}
