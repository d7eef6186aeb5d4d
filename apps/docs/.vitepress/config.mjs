import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

/** Names of entry points, written by src/prepare.mjs. */
const api = JSON.parse(readFileSync(new URL('../.artefacts/api.json', import.meta.url), 'utf8'))

const packages = [
  ...new Set(
    api.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  ),
]

const kinds = readKinds()

/** Pages that are not in docs/, by the kind that they belong to. */
const further = {
  Reference: [
    ...packages.map((name) => ({ text: name, link: `/packages/${name.replace('@myfy/', '')}` })),
    { text: 'The reference application', link: '/starter' },
  ],
  Explanation: [
    { text: 'Architecture', link: '/architecture' },
    { text: 'Contributing', link: '/contributing' },
    { text: 'Security', link: '/security' },
  ],
}

export default defineConfig({
  title: 'myfy',
  description: 'An application kernel for TypeScript services, whose shutdown loses no request.',
  srcDir: '.artefacts/site',
  outDir: 'dist',
  head: [['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }]],
  cacheDir: '.artefacts/cache',
  cleanUrls: true,
  lastUpdated: false,
  // The documents name the address of a local application.
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    // Links between the documents use the anchors of GitHub.
    anchor: { slugify: githubSlug },
    // Languages of blocks that have a label, such as `ts rabbitmq`, and of outputs.
    languageAlias: { env: 'ini' },
  },
  themeConfig: {
    logo: { src: '/icon.svg', alt: '' },
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: 'https://github.com/myfy/myfy' }],
    nav: [
      { text: 'Guide', link: '/guide' },
      { text: 'API', link: '/api/' },
      { text: 'Benchmarks', link: '/benchmarks' },
    ],
    sidebar: {
      '/api/': [{ text: 'API reference', items: api.map((name) => ({ text: name, link: `/api/${name}` })) }],
      '/': [
        ...kinds.map(({ text, groups }) => ({
          text,
          items: [...groups.flatMap(entries), ...(further[text] ?? [])],
        })),
      ],
    },
  },
})

/** Reads the four kinds of pages, and the groups of each, from the guide: the site and the repository agree. */
function readKinds() {
  const guide = readFileSync(new URL('../.artefacts/site/guide.md', import.meta.url), 'utf8')
  const sections = guide.split(/^## /m).slice(1)
  const kinds = sections.map((section) => ({
    text: section.split('\n', 1)[0],
    groups: section
      .split(/^(?=[A-Z][\w ]+:$)/m)
      .map((part) => ({
        text: /^([A-Z][\w ]+):$/m.exec(part)?.[1],
        links: [...part.matchAll(/^- \[([^\]]+)\]\(\.\/([\w-]+)\.md\)/gm)].map(([, text, page]) => ({
          text,
          link: `/${page}`,
        })),
      }))
      .filter(({ links }) => links.length > 0),
  }))
  return kinds.filter(({ groups }) => groups.length > 0)
}

/** Returns the entries of a group: below its name, if it has one. */
function entries({ text, links }) {
  return text === undefined ? links : [{ text, items: links, collapsed: false }]
}

function githubSlug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}
