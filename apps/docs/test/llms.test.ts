// The documentation for language models lists every page of the site.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const { llmsFullText, llmsText } = (await import('../src/llms.mjs' as string)) as {
  llmsText(): string
  llmsFullText(): string
}
const { pages, root } = (await import('../src/pages.mjs' as string)) as {
  pages(): Map<string, string>
  root: string
}

test('llms.txt has the form of its specification, and each page once with a description', () => {
  const text = llmsText()
  expect(text).toMatch(/^# myfy\n\n> \S.+\n\n## Guide\n\n- \[/)
  const entries = [...text.matchAll(/^- \[([^\]]+)\]\((\/[^)]+)\)(?:: (.+))?$/gm)]
  expect(entries.map(([, , path]) => path).sort()).toEqual(
    [...pages().values()].map((page) => `/${page.replace(/\.md$/, '')}`).sort(),
  )
  expect(entries.filter(([, title, , sentence]) => !title || !sentence).length).toBeLessThan(
    entries.length / 4,
  )
})

test('llms-full.txt has the text of every document', () => {
  const text = llmsFullText()
  for (const document of pages().keys())
    expect(text).toContain(readFileSync(join(root, document), 'utf8').trim())
})
