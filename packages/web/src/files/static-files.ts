// Static files below a prefix, by h3's rules for caching and paths.

import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { createEvent, loadH3 } from '../request/h3.ts'
import { stripPrefix } from '../routing/mount.ts'
import type { Route, Routes } from '../routing/route-spec.ts'

/** What {@link serveFiles} takes. */
export interface FilesOptions {
  /** How long a browser may keep a file without asking, in seconds. Default: 0, it asks each time. */
  readonly maxAge?: number
  /** Whether names that begin with a dot are served. Default: false. */
  readonly dotfiles?: boolean
  /** The file for a path that is none, for applications that route in the browser: `/index.html`. Default: none. */
  readonly fallback?: string
}

/**
 * Serves the files of a directory. Nothing outside of it can be reached: neither by dots, encoded or not, nor by a
 * link that leads away.
 *
 * @example
 * ```ts
 * import { serveFiles, WebModule } from '@myfy/web'
 *
 * export const web = new WebModule({ routes: [serveFiles('/assets', './public', { maxAge: 3600 })] })
 * ```
 */
export function serveFiles(prefix: string, directory: string, options: FilesOptions = {}): Routes {
  const base = prefix.replace(/\/+$/, '')
  const { maxAge = 0, dotfiles = false, fallback } = options
  const find = async (id: string) => {
    if (!dotfiles && /(?:^|\/)\./.test(id)) return undefined
    const found = await resolveFile(directory, id)
    return found
  }
  const answer = async (request: Request, ip: string | undefined) => {
    const { serveStatic, toResponse } = await loadH3()
    const event = await createEvent(request, ip, undefined)
    const served = await serveStatic(event, {
      fallthrough: fallback !== undefined,
      headers: { 'cache-control': maxAge > 0 ? `public, max-age=${maxAge}` : 'no-cache' },
      getMeta: async (id) => {
        const file = await find(id)
        return (
          file && {
            size: file.size,
            mtime: file.mtime,
            etag: `W/"${file.size.toString(36)}-${file.mtime.getTime().toString(36)}"`,
          }
        )
      },
      getContents: async (id) => Readable.toWeb(createReadStream((await find(id))!.path)) as ReadableStream,
    })
    return served === undefined ? undefined : toResponse(served, event)
  }
  const handler = async ({ request, ip }: { readonly request: Request; readonly ip: string | undefined }) => {
    const served = await answer(stripPrefix(base, request), ip)
    return (
      served ??
      answer(
        new Request(new URL(fallback!, request.url), { method: request.method, headers: request.headers }),
        ip,
      )
    )
  }
  const routes = (['GET', 'HEAD'] as const).map(
    (method): Route => ({ method, pattern: `${base}/**`, spec: { hidden: true, timeout: 0 }, handler }),
  )
  return { prefix: base, routes }
}

interface ResolvedFile {
  readonly path: string
  readonly size: number
  readonly mtime: Date
}

async function resolveFile(directory: string, id: string): Promise<ResolvedFile | undefined> {
  if (id.includes('\0')) return undefined
  try {
    const root = await realpath(directory)
    // The real path: a link inside the directory may lead out of it.
    const path = await realpath(resolve(root, `.${id}`))
    if (path !== root && !path.startsWith(root + sep)) return undefined
    const stats = await stat(path)
    return stats.isFile() ? { path, size: stats.size, mtime: stats.mtime } : undefined
  } catch {
    return undefined
  }
}
