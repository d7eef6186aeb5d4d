// The documentation site is built, and all of its links have a target.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const vitepress = join(
  dirname(createRequire(import.meta.url).resolve('vitepress/package.json')),
  'bin/vitepress.js',
)

beforeAll(() => {
  for (const args of [['src/prepare.mjs'], [vitepress, 'build', '.']]) {
    execFileSync(process.execPath, args, {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: 'pipe',
    })
  }
}, 400_000)

describe('the site', () => {
  test('has a page for each document and each entry point', () => {
    const pages = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    for (const page of [
      'index',
      'guide',
      'lifecycle',
      'packages/web',
      'starter',
      'benchmarks',
      'api/@myfy/core/testing',
    ])
      expect(pages).toContain(`${page}.html`)
  })

  test('links to pages and headings that exist', () => {
    const pages = new Map(
      readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.html'))
        .map((file) => [`/${file.replace(/\.html$/, '')}`, readFileSync(join(dist, file), 'utf8')]),
    )
    const idsOf = new Map([...pages].map(([path, html]) => [path, new Set(html.match(/(?<=\sid=")[^"]+/g))]))
    const broken: string[] = []
    for (const [page, html] of pages) {
      for (const [, href = ''] of html.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(href)) continue
        const { pathname, hash } = new URL(href, `https://site${page}`)
        const target = decodeURIComponent(pathname)
        const anchor = decodeURIComponent(hash.slice(1))
        const known = idsOf.get(target) ?? idsOf.get(posix.join(target, 'index'))
        const isAsset = statSync(join(dist, target), { throwIfNoEntry: false })?.isFile()
        if ((!known && !isAsset) || (anchor && !known?.has(anchor))) broken.push(`${page} → ${href}`)
      }
    }
    expect(broken).toEqual([])
  })

  test('has four kinds of pages in its navigation, and each document in one of them', () => {
    const page = readFileSync(join(dist, 'getting-started.html'), 'utf8')
    const sidebar = /<aside class="VPSidebar[\s\S]*?<\/aside>/.exec(page)?.[0] ?? ''
    const kinds = [...sidebar.matchAll(/<h2[^>]*>([^<]+)<\/h2>/g)].map(([, kind]) => kind)
    expect(kinds).toEqual(['Tutorial', 'How-to guides', 'Reference', 'Explanation'])
    const links = [...sidebar.matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
    const documents = readdirSync(join(root, '../../docs')).filter((file) => file !== 'README.md')
    for (const file of documents)
      expect(
        links.filter((link) => link === `/${file.replace('.md', '')}`),
        file,
      ).toHaveLength(1)
  })

  test('has the API of every package in its search index', () => {
    const assets = readdirSync(join(dist, 'assets/chunks'))
    const index = assets.find((file) => file.startsWith('@localSearchIndex'))
    const text = readFileSync(join(dist, 'assets/chunks', index ?? ''), 'utf8')
    for (const name of ['defineModule', 'defineRoutes', 'singleton', 'createSupervisor'])
      expect(text).toContain(name)
  })
})
