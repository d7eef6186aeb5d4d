// The API description as a page of Scalar, if the application has installed it.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { escapeHTML } from './docs-page.ts'

/** Returns the file that browsers load of `@scalar/api-reference`; undefined if the package is not installed. */
export function findScalar(directory = process.cwd()): string | undefined {
  try {
    const entry = createRequire(join(directory, 'package.json')).resolve('@scalar/api-reference')
    const file = join(dirname(entry), 'browser/standalone.js')
    return existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** The address of the page, of its script, and of the document. */
export interface ScalarPaths {
  readonly page: string
  readonly script: string
  readonly document: string
}

// Nothing is loaded from other origins, so that the page works offline.
const configuration = JSON.stringify({
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
})

// Scalar writes style elements, and loads fonts and icons that it contains.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
].join('; ')

/** Returns the page. */
export function scalarPage(title: string, { page, script, document }: ScalarPaths): Response {
  // Relative addresses hold behind a proxy that removes a prefix.
  const relative = (path: string) => escapeHTML(posix.relative(posix.dirname(page), path))
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHTML(title)}</title>
<body><script id="api-reference" data-url="${relative(document)}" data-configuration="${escapeHTML(configuration)}"></script><script src="${relative(script)}"></script></body></html>`
  return new Response(html, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  })
}
