// The documentation for language models, as https://llmstxt.org describes it: `llms.txt` lists the pages, and
// `llms-full.txt` contains their text.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pages, root } from './pages.mjs'

const SECTIONS = [
  ['Guide', (document) => document.startsWith('docs/')],
  ['Packages', (document) => document.startsWith('packages/')],
  ['Project', () => true],
]

/** Returns the content of `llms.txt`: each page once, with its first sentence. */
export function llmsText() {
  const lines = ['# myfy', '', `> ${summary()}`]
  const left = new Map(pages())
  for (const [heading, belongs] of SECTIONS) {
    lines.push('', `## ${heading}`, '')
    for (const [document, page] of left) {
      if (!belongs(document)) continue
      left.delete(document)
      const { title, sentence } = describe(read(document))
      lines.push(`- [${title}](/${page.replace(/\.md$/, '')})${sentence ? `: ${sentence}` : ''}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Returns the content of `llms-full.txt`: the text of every document. */
export function llmsFullText() {
  return [...pages().keys()]
    .map((document) => `<!-- ${document} -->\n\n${read(document).trim()}\n`)
    .join('\n')
}

const read = (document) => readFileSync(join(root, document), 'utf8')

const summary = () => describe(read('README.md')).sentence

/** Returns the heading of a document, and the first sentence of its first paragraph, as plain text. */
function describe(text) {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? ''
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  const isParagraph = (block) => !/^[#|>`\-*\d<!]/.test(block)
  const paragraph =
    prose.split(/\n{2,}/).find((block) => block.trim() !== '' && isParagraph(block.trim())) ?? ''
  const plain = paragraph
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  return { title, sentence: /^.*?[.:!](?=\s|$)/.exec(plain)?.[0].replace(/:$/, '.') ?? plain }
}
