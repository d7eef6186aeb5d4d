// The pages of the site: documents of the repository, and the place of each on the site.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

const github = 'https://github.com/myfy/myfy/blob/main'

/** Maps the path of each document in the repository to its path on the site. */
export function pages() {
  const guide = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  return new Map([
    ...guide.map((file) => [`docs/${file}`, file === 'README.md' ? 'guide.md' : file]),
    ...packageNames().map((name) => [`packages/${name}/README.md`, `packages/${name}.md`]),
    ['apps/starter/README.md', 'starter.md'],
    ['bench/RESULTS.md', 'benchmarks.md'],
    ['ARCHITECTURE.md', 'architecture.md'],
    ['CONTRIBUTING.md', 'contributing.md'],
    ['SECURITY.md', 'security.md'],
    ['CODE_OF_CONDUCT.md', 'code-of-conduct.md'],
  ])
}

/** Returns the names of the folders of the packages. */
export function packageNames() {
  return readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'README.md')),
  )
}

/** Returns the text of a document with its links rewritten: to a page of the site, or else to the file on GitHub. */
export function pageText(document, pageOf) {
  const page = pageOf.get(document)
  const text = readFileSync(join(root, document), 'utf8')
  return outsideOfCode(text, (part) =>
    part.replace(/\]\(([^)\s]+)\)/g, (link, target) => {
      if (/^(?:[a-z]+:|#|\/)/.test(target)) return link
      const [path, hash] = target.split('#')
      const file = posix.normalize(posix.join(posix.dirname(document), path)).replace(/\/$/, '')
      const fragment = hash === undefined ? '' : `#${hash}`
      const linked = pageOf.get(file) ?? pageOf.get(`${file}/README.md`)
      if (!linked) return `](${github}/${file}${fragment})`
      return `](${relativeLink(page, linked)}${fragment})`
    }),
  )
}

function relativeLink(from, to) {
  const link = relative(dirname(from), to).replaceAll('\\', '/')
  return link.startsWith('.') ? link : `./${link}`
}

/** Applies a change to the parts of a Markdown text that are not code, where also `{{` must not be read as Vue. */
function outsideOfCode(text, change) {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, i) => (i % 2 === 1 ? part : change(part).replaceAll('{{', '{{ "{{" }}')))
    .join('')
}
