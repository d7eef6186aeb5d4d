// A Response whose body is a text that most middleware never reads.

/** The constructor of a {@link textResponse}. */
type TextResponseClass = new (text: string, init: ResponseInit) => Response

let TextResponse: TextResponseClass | undefined

/**
 * Returns a Response with a text. Its stream, which costs more than the rest of a small answer, is created when the body
 * is asked for.
 */
export function textResponse(text: string, init: ResponseInit): Response {
  // Defined here and not at import time: the first mention of Response loads the web platform's classes.
  TextResponse ??= defineTextResponse()
  return new TextResponse(text, init)
}

function defineTextResponse(): TextResponseClass {
  const Empty = Response as unknown as new (
    body: null,
    init: ResponseInit,
  ) => Pick<Response, 'status' | 'headers'>
  return class extends Empty {
    readonly #text: string
    #whole: Response | undefined

    constructor(text: string, init: ResponseInit) {
      super(null, init)
      this.#text = text
    }

    get #response(): Response {
      this.#whole ??= new Response(this.#text, { status: this.status, headers: this.headers })
      return this.#whole
    }

    get body(): Response['body'] {
      return this.#response.body
    }

    get bodyUsed(): boolean {
      return this.#whole?.bodyUsed ?? false
    }

    text(): Promise<string> {
      return this.#response.text()
    }

    json(): Promise<unknown> {
      return this.#response.json()
    }

    arrayBuffer(): Promise<ArrayBuffer> {
      return this.#response.arrayBuffer()
    }

    async bytes(): Promise<Uint8Array> {
      return new Uint8Array(await this.#response.arrayBuffer())
    }

    blob(): ReturnType<Response['blob']> {
      return this.#response.blob()
    }

    formData(): ReturnType<Response['formData']> {
      return this.#response.formData()
    }

    clone(): Response {
      const { status, headers } = this
      this.#whole ??= new Response(this.#text, { status, headers })
      const clone = this.#whole.clone()
      // The headers may have changed since the body was asked for.
      return new Response(clone.body, { status, headers })
    }
  } as unknown as TextResponseClass
}
