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

export default defineConfig({
  title: 'myfy',
  description: 'An application kernel for TypeScript services, whose shutdown loses no request.',
  srcDir: '.artefacts/site',
  outDir: 'dist',
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
        { text: 'Tutorial', items: links(['getting-started']) },
        {
          text: 'Guide',
          items: links([
            'lifecycle',
            'hooks',
            'lifespan',
            'modules',
            'dependency-injection',
            'configuration',
            'web',
            'data',
            'tasks',
            'reload',
            'cli',
            'testing',
            'deployment',
            'observability',
            'troubleshooting',
          ]),
        },
        {
          text: 'How-to',
          items: links([
            'forms',
            'responses',
            'https',
            'environment-files',
            'background-work',
            'consumers',
            'custom-transport',
            'migrate-a-service',
          ]),
        },
        {
          text: 'Reference',
          items: [
            ...links(['errors']),
            ...packages.map((name) => ({ text: name, link: `/packages/${name.replace('@myfy/', '')}` })),
            { text: 'The reference application', link: '/starter' },
          ],
        },
        {
          text: 'Explanation',
          items: links(['architecture', 'why-not', 'from-python', 'contributing', 'security']),
        },
      ],
    },
  },
})

/** Returns sidebar entries, each with the first heading of its page. */
function links(pages) {
  return pages.map((page) => {
    const text = readFileSync(new URL(`../.artefacts/site/${page}.md`, import.meta.url), 'utf8')
    return { text: /^# (.+)$/m.exec(text)?.[1] ?? page, link: `/${page}` }
  })
}

function githubSlug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}
