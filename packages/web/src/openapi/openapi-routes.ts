// The endpoints of the API description.

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { errors } from '../http/http-exception.ts'
import { defineRoutes } from '../routing/define-routes.ts'
import type { Routes } from '../routing/route-spec.ts'
import type { OpenAPIDocument, OpenAPIOptions } from './document.ts'

/**
 * Returns the routes of the document and of the page, which is one of Scalar if that is installed. The document is
 * created by the first request.
 */
export function openAPIRoutes(describe: () => OpenAPIDocument, options: OpenAPIOptions): Routes {
  const { path = '/openapi.json', docs = process.env.NODE_ENV === 'production' ? false : '/docs' } = options
  let document: OpenAPIDocument | undefined
  const current = () => {
    document ??= describe()
    return document
  }
  return defineRoutes('', { hidden: true }, (route) => {
    route.get(path, current)
    if (docs === false) return
    const paths = { page: docs, script: `${docs}/scalar.js`, document: path }
    // Loaded with the first request for them: most processes never need them.
    const scalar = () => import('./scalar-page.ts')
    route.get(docs, async () => {
      const { findScalar, scalarPage } = await scalar()
      if (findScalar()) return scalarPage(current().info.title, paths)
      const { docsPage } = await import('./docs-page.ts')
      return docsPage(current())
    })
    route.get(paths.script, async () => {
      const file = (await scalar()).findScalar()
      const headers = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }
      return file
        ? new Response(Readable.toWeb(createReadStream(file)) as ReadableStream, { headers })
        : errors.notFound('@scalar/api-reference is not installed')
    })
  })
}
