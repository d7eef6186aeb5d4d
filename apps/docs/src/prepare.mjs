// Writes the pages of the site into `.artefacts/site`, from where VitePress reads them.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeApiReference } from './api-reference.mjs'
import { llmsFullText, llmsText } from './llms.mjs'
import { pages, pageText } from './pages.mjs'

const here = join(dirname(fileURLToPath(import.meta.url)), '..')
const site = join(here, '.artefacts/site')

rmSync(site, { recursive: true, force: true })
const pageOf = pages()
for (const [document, page] of pageOf) {
  mkdirSync(dirname(join(site, page)), { recursive: true })
  writeFileSync(join(site, page), pageText(document, pageOf))
}
cpSync(join(here, 'src/index.md'), join(site, 'index.md'))
mkdirSync(join(site, 'public'))
cpSync(join(here, 'src/icon.svg'), join(site, 'public/icon.svg'))
writeFileSync(join(site, 'public/llms.txt'), llmsText())
writeFileSync(join(site, 'public/llms-full.txt'), llmsFullText())
const api = await writeApiReference(join(site, 'api'))
writeFileSync(join(here, '.artefacts/api.json'), JSON.stringify(api))
