// serveFiles: the files of a directory below a prefix.

import { assertKnownOptions } from '@myfy/core/runtime'
import { errors, type HTTPException } from '../http/http-exception.ts'
import { pathBelow } from '../http/request-target.ts'
import { parsePrefix } from '../mount/mount.ts'
import { DIRECTORY } from '../representation/file-inside.ts'
import { fileRepresentation } from '../representation/file-representation.ts'
import { respondWith } from '../representation/representation.ts'
import type { RequestContext } from '../request/request-context.ts'
import { assertAmounts } from '../routing/assert-options.ts'
import type { Route, Routes } from '../routing/route-spec.ts'
import { decodeFilePath, type FoundFile, findFile } from './find-file.ts'

/** Options of {@link serveFiles}. */
export interface FilesOptions {
  /** Time in seconds for which a cache may reuse a file without revalidation. Default: 0. */
  readonly maxAge?: number
  /** Serves files and directories whose name begins with a dot, `.well-known` included. Default: false. */
  readonly dotfiles?: boolean
  /**
   * The file for a page that does not exist, for applications that route in the browser: `/index.html`. It is sent for
   * navigations only and with `cache-control: no-cache`; scripts, images and API calls receive a 404. A request without an Accept header is a navigation when its
   * path has no extension. Default: none.
   */
  readonly fallback?: string
}

/**
 * Serves the files of a directory: with media types, ETag and Last-Modified, conditional requests, byte ranges,
 * and precompressed variants (`app.js.br`, `.zst`, `.gz`) when they are not older than the file. A directory is served
 * by its `index.html`; without its trailing slash it redirects to it. Files outside of the directory cannot be reached,
 * also not through links.
 *
 * @param prefix - the path of the directory, which may contain parameters: `/assets`
 * @param directory - the directory, relative to the working directory of the process
 * @throws RouteError if the prefix is invalid
 * @throws OptionError if `maxAge` is not a number of at least 0
 *
 * @example
 * ```ts
 * import { serveFiles, WebModule } from '@myfy/web'
 *
 * export const web = new WebModule({ routes: [serveFiles('/assets', './public', { maxAge: 3600 })] })
 * ```
 */
export function serveFiles(prefix: string, directory: string, options: FilesOptions = {}): Routes {
  const base = parsePrefix(prefix)
  const { maxAge = 0, dotfiles = false, fallback } = options
  assertKnownOptions(`serveFiles('${prefix}')`, options, {
    maxAge: true,
    dotfiles: 'boolean',
    fallback: true,
  })
  assertAmounts(`serveFiles('${prefix}')`, 'seconds', { maxAge })
  const cacheControl = maxAge > 0 ? `public, max-age=${Math.round(maxAge)}` : 'no-cache'

  const handler = async ({
    request,
    path,
    url,
    route,
  }: RequestContext): Promise<Response | HTTPException> => {
    const accept = request.headers.get('accept-encoding')
    const name = decodeFilePath(pathBelow(path, route!), dotfiles)
    const file = name === undefined ? undefined : await findFile(directory, name || '.', accept)
    if (file === DIRECTORY) {
      const index = await findFile(directory, `${name}/index.html`.replace(/^\/+/, ''), accept)
      if (index !== undefined && index !== DIRECTORY)
        return path.endsWith('/')
          ? respond(request, index, cacheControl)
          : new Response(null, { status: 301, headers: { location: `${path}/${url.search}` } })
    } else if (file !== undefined && !name!.endsWith('/')) return respond(request, file, cacheControl)
    if (fallback !== undefined && isNavigation(request, path)) {
      const page = await findFile(directory, fallback.replace(/^\/+/, ''), accept)
      if (page !== undefined && page !== DIRECTORY) return respond(request, page, 'no-cache')
    }
    return errors.notFound('no such file')
  }
  const routes = (['GET', 'HEAD'] as const).map(
    (method): Route => ({ method, pattern: `${base}/**`, spec: { hidden: true, timeout: 0 }, handler }),
  )
  return { prefix: base, routes }
}

/**
 * Reports whether a browser asks for a page: by Fetch Metadata, else by an Accept header that names HTML. A client that
 * sends neither asks for a page when the path has no extension.
 */
function isNavigation({ headers }: Request, path: string): boolean {
  const mode = headers.get('sec-fetch-mode')
  if (mode !== null) return mode === 'navigate'
  if (!headers.has('accept')) return !/\.[^/]*$/.test(path)
  return /(?:^|,)\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|,|$)/i.test(headers.get('accept') ?? '')
}

async function respond(request: Request, file: FoundFile, cacheControl: string): Promise<Response> {
  const { encoding, negotiated } = file
  const headers = new Headers({ 'cache-control': cacheControl })
  if (negotiated) headers.set('vary', 'Accept-Encoding')
  if (encoding) headers.set('content-encoding', encoding)
  return respondWith(fileRepresentation(file), headers, request)
}
