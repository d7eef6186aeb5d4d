// Every TypeScript block of the documents compiles, and every link has a target.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileDocuments } from './compile-documents.ts'
import { documents, find, read, root } from './markdown.ts'

test('every TypeScript block of the documentation compiles', () => {
  const { blocks, faults } = compileDocuments()
  expect(blocks.length).toBeGreaterThan(10)
  expect(faults).toEqual([])
}, 120_000)

describe('the links of', () => {
  test.each([...documents, 'bench/RESULTS.md'])('%s have a target', (document) => {
    const text = read(document).replace(/^```[\s\S]*?^```/gm, '')
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !/^(?:https?|mailto):/.test(link) && !exists(document, link))
    expect(broken).toEqual([])
  })

  function exists(document: string, link: string): boolean {
    const [path = '', heading] = link.split('#')
    const target = path === '' ? document : join(dirname(document), path)
    if (!existsSync(join(root, target))) return false
    return heading === undefined || anchors(target).includes(heading)
  }

  function anchors(document: string): string[] {
    return [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    )
  }
})

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md').replace(/^```[\s\S]*?^```/gm, '')
  const sources = find('packages/*/src/**/*.ts')

  test('names files that exist', () => {
    const named = [...text.matchAll(/`(?:[\w-]+\/)*([\w-]+\.ts)`/g)]
    expect(named.length).toBeGreaterThan(30)
    const missing = named
      .map(([code]) => code.replaceAll('`', ''))
      .filter((path) => !sources.some((source) => source.endsWith(`/${path.replace(/^packages\//, '')}`)))
      .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, 'test', path)))
    expect(missing).toEqual([])
  })

  test('names classes where they are declared', () => {
    const named = [
      ...text.matchAll(/`([A-Z]\w+)` *\(`([\w-]+\.ts)`\)/g),
      ...text.matchAll(/`([A-Z]\w+)`\s+\(`([\w-]+\.ts)`\)/g),
    ]
    expect(named.length).toBeGreaterThan(10)
    const wrong = named.filter(([, name, file]) => {
      const declaration = new RegExp(
        `^(?:export )?(?:abstract )?(?:class|interface|type|function|const) ${name}\\b`,
        'm',
      )
      return !sources.some((source) => source.endsWith(`/${file}`) && declaration.test(read(source)))
    })
    expect(wrong.map(([code]) => code)).toEqual([])
  })

  test('lists the rooms of each package', () => {
    for (const [, folder, rooms = ''] of text.matchAll(/^\| (core|web|reload|cli) \| (.*) \|$/gm)) {
      const listed = [...rooms.matchAll(/`([a-z-]+)`/g)].map(([, room]) => room)
      const present = sources
        .map((path) => new RegExp(`^packages/${folder}/src/([\\w-]+)/`).exec(path)?.[1])
        .filter((room) => room !== undefined)
      expect(listed.slice().sort(), folder).toEqual([...new Set(present)].sort())
    }
  })
})

describe('the guide', () => {
  const guide = read('docs/README.md')

  test('links every page once', () => {
    for (const page of find('docs/*.md'))
      if (page !== 'docs/README.md') expect(guide.split(`](${page.slice(5)})`), page).toHaveLength(2)
  })
})
