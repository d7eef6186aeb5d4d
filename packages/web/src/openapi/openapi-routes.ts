// The endpoints of the API description.

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { errors } from '../http/http-exception.ts'
import { defineRoutes } from '../routing/define-routes.ts'
import type { Routes } from '../routing/route-spec.ts'
import { docsPage } from './docs-page.ts'
import type { OpenAPIDocument, OpenAPIOptions } from './document.ts'
import { findScalar, scalarPage } from './scalar-page.ts'

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
    route.get(docs, () => (findScalar() ? scalarPage(current().info.title, paths) : docsPage(current())))
    route.get(paths.script, () => {
      const file = findScalar()
      const headers = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }
      return file
        ? new Response(Readable.toWeb(createReadStream(file)) as ReadableStream, { headers })
        : errors.notFound('@scalar/api-reference is not installed')
    })
  })
}
