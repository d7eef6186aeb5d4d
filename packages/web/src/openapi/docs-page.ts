// The API description as an HTML page: one document, without scripts and external resources.

import type { OpenAPIDocument } from './document.ts'

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string; readonly schema: object }>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string
        readonly content?: Readonly<Record<string, { readonly schema: object }>>
      }
    >
  >
}

/** Returns the page. Its content security policy forbids scripts, so that a description cannot inject one. */
export function docsPage(api: OpenAPIDocument): Response {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation as Operation)),
  )
  const title = escapeHTML(`${api.info.title} ${api.info.version}`)
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${STYLE}</style><h1>${title}</h1><p>${escapeHTML(api.info.description ?? '')}</p>${operations.join('\n')}</html>`
  return new Response(page, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
  })
}

function section(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<tr><td><code>${escapeHTML(one.name)}</code><td>${escapeHTML(one.in)}<td><code>${escapeHTML(JSON.stringify(one.schema))}</code>`,
  )
  const body = Object.values(operation.requestBody?.content ?? {}).map(
    (one) => `<h3>Body</h3>${code(one.schema)}`,
  )
  const responses = Object.entries(operation.responses).map(([status, one]) => {
    const schemas = Object.values(one.content ?? {}).map(({ schema }) => code(schema))
    return `<h3>${escapeHTML(status)} ${escapeHTML(one.description)}</h3>${schemas.join('')}`
  })
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHTML(path)}</code> ${escapeHTML(operation.summary ?? '')}</summary>
<p>${escapeHTML(operation.description ?? '')}</p>${parameters.length ? `<table>${parameters.join('')}</table>` : ''}${body.join('')}${responses.join('')}</details>`
}

const code = (schema: object): string => `<pre>${escapeHTML(JSON.stringify(schema, null, 2))}</pre>`

/** Returns a text with the characters of HTML escaped. */
export const escapeHTML = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:6px;margin:.5rem 0;padding:.5rem 1rem}summary{cursor:pointer}
pre{background:color-mix(in srgb,currentColor 6%,transparent);padding:.75rem;overflow:auto}td{padding:.2rem 1rem .2rem 0;vertical-align:top}
b{display:inline-block;min-width:4.5rem}.get{color:light-dark(#06c,#6bf)}.post{color:light-dark(#070,#7d7)}.put,.patch{color:light-dark(#850,#fb5)}.delete{color:light-dark(#c00,#f88)}`
