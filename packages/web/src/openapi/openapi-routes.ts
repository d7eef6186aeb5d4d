// The endpoints of the API description.

import { defineRoutes } from '../routing/define-routes.ts'
import type { Routes } from '../routing/route-spec.ts'
import { docsPage } from './docs-page.ts'
import type { OpenAPIDocument, OpenAPIOptions } from './document.ts'

/** Returns the routes of the document and of the page. The document is created by the first request. */
export function openAPIRoutes(describe: () => OpenAPIDocument, options: OpenAPIOptions): Routes {
  const { path = '/openapi.json', docs = process.env.NODE_ENV === 'production' ? false : '/docs' } = options
  let document: OpenAPIDocument | undefined
  const current = () => {
    document ??= describe()
    return document
  }
  return defineRoutes('', { hidden: true }, (route) => {
    route.get(path, current)
    if (docs !== false) route.get(docs, () => docsPage(current()))
  })
}
