import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from '@myfy/core'
import { WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { findScalar } from '../../src/openapi/scalar-page.ts'

const projects: string[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const project of projects.splice(0)) rmSync(project, { recursive: true })
})

/** Creates a project with the files of `@scalar/api-reference` that matter here. */
function projectWithScalar(): string {
  const project = mkdtempSync(join(tmpdir(), 'myfy-scalar-'))
  projects.push(project)
  const scalar = join(project, 'node_modules/@scalar/api-reference')
  mkdirSync(join(scalar, 'dist/browser'), { recursive: true })
  const exports = { '.': { import: './dist/index.js', default: './dist/index.js' } }
  writeFileSync(join(scalar, 'package.json'), JSON.stringify({ name: '@scalar/api-reference', exports }))
  writeFileSync(join(scalar, 'dist/index.js'), '')
  writeFileSync(join(scalar, 'dist/browser/standalone.js'), 'globalThis.Scalar = {}')
  return project
}

const documented = (docs?: string) =>
  createTestClient(
    new Application({
      modules: [new WebModule({ openapi: { title: 'Users & co', version: '1.0.0', ...(docs && { docs }) } })],
    }),
  )

test.each([
  ['/docs', 'docs/scalar.js', 'openapi.json'],
  ['/internal/docs', 'docs/scalar.js', '../openapi.json'],
])(
  'a project with @scalar/api-reference has its page at %s, from its own origin',
  async (docs, script, document) => {
    vi.spyOn(process, 'cwd').mockReturnValue(projectWithScalar())
    await using client = await documented(docs)
    const page = await client.get(docs)
    const html = await page.text()
    expect(html).toContain(`<script src="${script}">`)
    expect(html).toContain(`data-url="${document}"`)
    expect(html).toContain('<title>Users &#38; co</title>')
    expect(html).not.toMatch(/https?:/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    const loaded = await client.get(`${docs}/scalar.js`)
    expect(await loaded.text()).toBe('globalThis.Scalar = {}')
    expect(loaded.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  },
)

test('another project has a page without scripts, and no scalar.js', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue('/nonexistent')
  await using client = await documented()
  const page = await client.get('/docs')
  expect(await page.text()).not.toContain('<script')
  expect((await client.get('/docs/scalar.js')).status).toBe(404)
  expect(findScalar('/nonexistent')).toBeUndefined()
})
