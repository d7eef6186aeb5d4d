// The page: three files that a browser understands as they are.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { defineRoutes, serveFiles } from '@myfy/web'

const directory = fileURLToPath(new URL('../public/', import.meta.url))
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}

export const page = defineRoutes('', { hidden: true }, (route) => {
  route.get('/', async () => new Response(await readFile(`${directory}index.html`), { headers }))
})

export const assets = serveFiles('/assets', directory)
