// Copies the templates into the package: the reference app as `api`, and the others from templates/.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyTree, isTemplateFile, pinVersions, stored, templateContent } from '../dist/index.js'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const versionOf = (name) => {
  const folder = name === 'create-myfy' ? name : name.replace('@myfy/', '')
  return JSON.parse(readFileSync(at(`../../${folder}/package.json`), 'utf8')).version
}
const pinned = (path, content) => (path === 'package.json' ? pinVersions(content, versionOf) : content)

rmSync(at('../template'), { recursive: true, force: true })
copyTree(at('../../../apps/starter'), at('../template/api'), {
  include: isTemplateFile,
  rename: stored,
  change: (path, content) => pinned(path, templateContent(path, content)),
})
for (const name of readdirSync(at('../templates'))) {
  copyTree(join(at('../templates'), name), join(at('../template'), name), { rename: stored, change: pinned })
}
