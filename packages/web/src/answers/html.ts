// html: a page, with the values in it escaped.

/** Text that is HTML already, and is not escaped. */
export class HTML {
  readonly #text: string

  /** @internal */
  constructor(text: string) {
    this.#text = text
  }

  /** The HTML. */
  toString(): string {
    return this.#text
  }
}

/**
 * Returns a page as a response, or, as a tag, a template with its values escaped. A value that is a template itself
 * stays as it is, a list is joined, and `null`, `undefined` and `false` are empty.
 *
 * @example
 * ```ts
 * import { defineRoutes, html } from '@myfy/web'
 *
 * const items = ['Ada', '<script>']
 *
 * export const pages = defineRoutes('', (route) => {
 *   route.get('/', () => html(html`<ul>${items.map((name) => html`<li>${name}</li>`)}</ul>`))
 * })
 * ```
 */
export function html(template: TemplateStringsArray, ...values: unknown[]): HTML
/** Returns a page as a response. A text is sent as it is. */
export function html(page: string | HTML, status?: number): Response
export function html(
  page: string | HTML | TemplateStringsArray,
  ...rest: readonly unknown[]
): HTML | Response {
  if (typeof page !== 'string' && !(page instanceof HTML)) {
    const text = page.map((part, i) => part + (i < rest.length ? escaped(rest[i]) : ''))
    return new HTML(text.join(''))
  }
  const [status = 200] = rest as [number?]
  return new Response(String(page), { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function escaped(value: unknown): string {
  if (value instanceof HTML) return value.toString()
  if (Array.isArray(value)) return value.map(escaped).join('')
  if (value === null || value === undefined || value === false) return ''
  return String(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
